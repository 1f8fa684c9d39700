import { EditOutlined } from '@ant-design/icons'
import { Link, useParams } from '@tanstack/react-router'
import { Button, Tabs } from 'antd'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { ColumnRights } from './ColumnRights'
import { useColumns } from './data'
import { intervalText } from './interval'
import { ItemTable } from './ItemTable'

/** One column: what stands in it, and who may do what here. */
export function ColumnPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [search, set] = useAddress()
  const columns = useColumns()
  const column = columns.data?.items.find((c) => c.id === id)
  const list = <ItemTable view="reading" column={id} empty={<Nothing text={t('item.empty_reading')} />} />
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
      <section className="panel">
        {column?.may.includes('manage')
          ? <Tabs activeKey={search.tab ?? 'items'} onChange={(tab) => { set({ tab }) }} destroyOnHidden items={[
              { key: 'items', label: t('column.items'), children: list },
              { key: 'rights', label: t('column.rights'), children: <ColumnRights column={column} /> },
            ]} />
          : list}
      </section>
    </Page>
  )
}
