import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Tag } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { DataTable } from '@/ui/DataTable'
import { useAction } from '@/ui/useAction'

/** Where each department publishes its work news (R021). */
export function Places() {
  const query = useQuery({ queryKey: ['places'], queryFn: ({ signal }) => ok(client.GET('/publish/places', { signal })) })
  const missing = (query.data?.items ?? []).filter((p) => p.own.length + p.shared.length === 0)
  const open = useAction({
    run: (_: undefined, act) => ok(client.POST('/publish/places', act())),
    done: (o) => t('column.places_opened', { n: o.columns }),
  })
  return (
    <div className="stack-wide">
      {missing.length > 0 ? (
        <Alert type="warning" showIcon title={t('column.places_missing', { n: missing.length })}
          action={<Button size="small" loading={open.busy} onClick={() => { open.go(undefined) }}>{t('column.places_open')}</Button>} />
      ) : <span className="quiet">{t('column.places_hint')}</span>}
      <DataTable id="places" label={t('column.places')} query={query} rowKey={(p) => p.id} paged={false} columns={[
        { key: 'name', title: t('member.department'), fixed: true, render: (p) => p.name },
        { key: 'own', title: t('column.places_own'), render: (p) => p.own.map((c) => <Tag key={c}>{c}</Tag>) },
        { key: 'shared', title: t('column.places_shared'), render: (p) => p.shared.map((c) => <Tag key={c}>{c}</Tag>) },
        { key: 'state', title: t('app.state'), render: (p) => (p.own.length + p.shared.length > 0 ? <Tag color="success">{t('column.places_ok')}</Tag> : <Tag color="warning">{t('column.places_none')}</Tag>) },
      ]} />
    </div>
  )
}
