import { EditOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Tabs } from 'antd'
import { client, ok } from '@/api/client'
import type { Column } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { ColumnRights } from './ColumnRights'
import { useColumns } from './data'
import { intervalText } from './interval'
import { ItemTable } from './ItemTable'
import { Pins } from './Pins'
import { RuleList } from './RuleFields'

/** One column: what stands in it, what holds in it, and who may do what here. */
export function ColumnPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [search, set] = useAddress()
  const columns = useColumns()
  const column = columns.data?.items.find((c) => c.id === id)
  const list = <><Pins column={id} /><ItemTable view="reading" column={id} empty={<Nothing text={t('item.empty_reading')} />} /></>
  return (
    <Page help="reading#column" name={t('item.column')} title={column?.name ?? t('item.column')} back extra={column?.may.includes('draft') && (
      <Link to="/publish/items/new" search={{ column: id }}><Button type="primary" icon={<EditOutlined />}>{t('shell.create')}</Button></Link>
    )}>
      {column && (
        <p className="quiet">
          {column.department_name && <>{t('column.meta_department', { name: column.department_name })} · </>}
          {t('column.meta_last', { at: column.last_published_at ? dateTime(column.last_published_at) : t('column.never') })}
          {' · '}{t('column.meta_interval', { rule: intervalText(column) })}
        </p>
      )}
      {column?.purpose && <p>{column.purpose}</p>}
      {column?.merged_into && (
        <Alert type="info" showIcon className="gap-below" title={t('column.merged_into', { name: column.merged_name })}
          action={<Link to="/publish/columns/$id" params={{ id: column.merged_into }}>{t('column.merged_go')}</Link>} />
      )}
      <section className="panel">
        {column
          ? <Tabs activeKey={search.tab ?? 'items'} onChange={(tab) => { set({ tab }) }} destroyOnHidden items={[
              { key: 'items', label: t('column.items'), children: list },
              { key: 'rules', label: t('column.rules'), children: <Rules column={column} /> },
              ...(column.may.includes('manage') ? [{ key: 'rights', label: t('column.rights'), children: <ColumnRights column={column} /> }] : []),
            ]} />
          : list}
      </section>
    </Page>
  )
}

function Rules({ column }: { column: Column }) {
  const naming = useQuery({
    queryKey: ['columns', column.id, 'naming'],
    queryFn: ({ signal }) => ok(client.GET('/publish/columns/{id}/naming', { signal, params: { path: { id: column.id } } })),
  })
  const n = naming.data
  return (
    <div className="stack-wide">
      <RuleList column={column} />
      {n?.since && <Alert type={n.broken > 0 ? 'warning' : 'success'} showIcon title={t('column.naming', { day: n.since, kept: n.kept, broken: n.broken, earlier: n.earlier })} />}
    </div>
  )
}
