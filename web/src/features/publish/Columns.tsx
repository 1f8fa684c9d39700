import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Badge, Button, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Column } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'
import { ColumnDialog } from './ColumnDialog'
import { intervalText } from './interval'

interface Leaf extends Column { children?: Leaf[] }
const leaf = (n: ReturnType<typeof treeOf<Column>>[number]): Leaf => (n.children.length ? { ...n.row, children: n.children.map(leaf) } : { ...n.row })

/** The columns as a tree; the Office sets them up (R022). */
export function Columns() {
  const manage = useCan()('publish.manage')
  const query = useQuery({
    queryKey: ['columns', 'tree'],
    queryFn: async ({ signal }) => {
      const list = await ok(client.GET('/publish/columns', { signal }))
      return { items: treeOf(list.items).map(leaf), flat: list.items }
    },
  })
  const [edited, setEdited] = useState<Partial<Column>>()
  return (
    <Page help="columns" name={t('nav.columns')} extra={manage && (
      <Button type="primary" icon={<PlusOutlined />} onClick={() => { setEdited({}) }}>{t('column.new')}</Button>
    )}>
      <section className="panel">
        <DataTable id="columns" label={t('nav.columns')} query={query} columns={useColumnsOf(manage, setEdited)} rowKey={(c) => c.id} paged={false}
          empty={<Nothing text={t(manage ? 'column.empty_manage' : 'column.empty')} />} />
      </section>
      <ColumnDialog row={edited} columns={query.data?.flat ?? []} close={() => { setEdited(undefined) }} />
    </Page>
  )
}

function useColumnsOf(manage: boolean, edit: (c: Column) => void): Col<Leaf>[] {
  const turn = useAction({
    run: (c: Column, act) => switchColumn(c, act),
    done: (_, c) => t(c.state === 'active' ? 'column.disabled' : 'column.enabled', { name: c.name }),
    undo: (next, _, act) => switchColumn(next, act),
  })
  const cols: Col<Leaf>[] = [
    { key: 'name', title: t('item.column'), fixed: true, render: (c) => (
      <>
        <Link to="/publish/columns/$id" params={{ id: c.id }}>{c.name}</Link>{' '}
        {c.unread > 0 && <Badge count={c.unread} size="small" color="#1f5f99" title={t('column.unread', { n: c.unread })} />}
        {c.state === 'disabled' && <Tag>{t('column.state.disabled')}</Tag>}
      </>
    ) },
    { key: 'department', title: t('column.department'), render: (c) => c.department_name ?? '' },
    { key: 'levels', title: t('column.levels'), align: 'right', render: (c) => c.review_levels },
    { key: 'count', title: t('column.count'), align: 'right', render: (c) => c.item_count },
    { key: 'last', title: t('column.last'), render: (c) => (c.last_published_at ? dateTime(c.last_published_at) : t('column.never')) },
  ]
  cols.push({ key: 'interval', title: t('column.interval'), render: (c) => intervalText(c) })
  if (!manage) return cols
  return [...cols, { key: 'actions', title: '', fixed: true, align: 'right', render: (c) => (
    <span className="row" style={{ justifyContent: 'flex-end' }}>
      <Button size="small" onClick={() => { edit(c) }}>{t('app.edit')}</Button>
      <Button size="small" loading={turn.busy} onClick={() => { turn.go(c) }}>{t(c.state === 'active' ? 'column.disable' : 'column.enable')}</Button>
    </span>
  ) }]
}

function switchColumn(c: Column, act: Parameters<Parameters<typeof useAction>[0]['run']>[1]): Promise<Column> {
  const params = { ...act(), params: { path: { id: c.id } }, body: { version: c.version } }
  return ok(c.state === 'active' ? client.POST('/publish/columns/{id}/disable', params) : client.POST('/publish/columns/{id}/enable', params))
}
