import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { BulletinPage as Full } from '@/api/types'
import { PrintButton } from '@/features/assess/PrintButton'
import { currentLocale, t } from '@/i18n'
import { dateTime, shortHash } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref } from '@/ui/sort'
import { ExportLink } from '@/ui/TableBars'
import { BulletinTable } from './BulletinTable'

/** One issued bulletin: its figures stay as they were issued. */
export function BulletinPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['bulletin', id], queryFn: ({ signal }) => ok(client.GET('/exchange/bulletins/{id}', { signal, params: { path: { id } } })) })
  return (
    <Page help="bulletins#issued" name={t('bulletin.page')} back extra={query.data && (
      <><ExportLink href={exportHref('/exchange/bulletins/{id}', {}, currentLocale()).replace('{id}', id)} /><PrintButton /></>
    )}>
      <Loaded query={query}>{(b) => <Paper b={b} />}</Loaded>
    </Page>
  )
}

function Paper({ b }: { b: Full }) {
  return (
    <article className="panel bulletin-paper">
      {!b.valid && <Alert type="error" showIcon className="gap-below" title={t('bulletin.broken')} />}
      <h2 className="paper-title">{b.title}</h2>
      <div className="paper-meta">
        <span>{b.issuer.name}</span>
        <span>{t('sheet.period', { from: b.from, to: b.to })}</span>
        <span>{t('bulletin.issued', { at: dateTime(b.issued_at), by: b.issued_by })}</span>
        <span className="no-print mono" title={b.hash}>{t('bulletin.hash', { hash: shortHash(b.hash) })} {b.valid && <Tag color="success">{t('bulletin.valid')}</Tag>}</span>
      </div>
      <BulletinTable lines={b.items} total={b.total} />
      <p className="quiet">{t('bulletin.note')}</p>
      <div className="bulletin-foot"><span>{b.issuer.name}</span><span>{dateTime(b.issued_at)}</span></div>
    </article>
  )
}
