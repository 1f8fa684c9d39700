import { CheckCircleOutlined, ExclamationCircleOutlined, InfoCircleOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Skeleton } from 'antd'
import { client, ok } from '@/api/client'
import type { SchemeFinding } from '@/api/types'
import { t, tOr } from '@/i18n'

/** What to see to before a scheme is put into force: a copy of last year's above all. */
export function Findings({ id, version }: { id: string; version: number }) {
  const query = useQuery({
    queryKey: ['scheme-findings', id, version],
    queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}/findings', { signal, params: { path: { id } } })),
  })
  if (!query.data) return query.isError ? null : <Skeleton active title={false} paragraph={{ rows: 2 }} />
  const found = query.data.items
  if (found.length === 0) return <Alert type="success" showIcon icon={<CheckCircleOutlined />} title={t('finding.none')} />
  const must = found.filter((f) => f.level === 'must')
  return (
    <section className="panel">
      <h2>{t('finding.title')}</h2>
      <p className="quiet">{t(must.length > 0 ? 'finding.hint_must' : 'finding.hint_look', { n: must.length })}</p>
      <ul className="lines">
        {found.map((f) => (
          <li key={f.code + f.field + f.about}>
            <span className="grow">{f.level === 'must' ? <ExclamationCircleOutlined style={{ color: '#b42318' }} aria-label={t('finding.must')} /> : <InfoCircleOutlined aria-label={t('finding.look')} />} {say(f)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function say(f: SchemeFinding): string {
  const meta = Object.fromEntries(Object.entries(f.meta as Record<string, unknown>).map(([k, v]) => [k, Array.isArray(v) ? v.join(t('app.comma')) : String(v)]))
  const params = { ...meta, about: f.about }
  if (f.level === 'look') return tOr(`finding.${f.code}`, f.code, params)
  const text = tOr(`error.${f.code}`, f.code, params)
  return f.about ? t('finding.of', { about: f.about, text }) : text
}
