import { MoreOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Badge, Button, Dropdown, Tabs, Tag } from 'antd'
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
import { useAddress } from '@/ui/useAddress'
import { Applications } from './Applications'
import { ApplyDialog, useApplies } from './ApplyDialog'
import { ColumnDialog } from './ColumnDialog'
import { intervalText } from './interval'
import { MergeDialog } from './MergeDialog'
import { Patterns } from './Patterns'
import { Places } from './Places'

interface Leaf extends Column { children?: Leaf[] }
const leaf = (n: ReturnType<typeof treeOf<Column>>[number]): Leaf => (n.children.length ? { ...n.row, children: n.children.map(leaf) } : { ...n.row })

/** The columns as a tree; the Office sets them up (R022), departments apply for them (R023). */
export function Columns() {
  const manage = useCan()('publish.manage')
  const query = useQuery({
    queryKey: ['columns', 'tree'],
    queryFn: async ({ signal }) => {
      const list = await ok(client.GET('/publish/columns', { signal }))
      return { items: treeOf(list.items).map(leaf), flat: list.items }
    },
  })
  const applies = useApplies()
  const [search, set] = useAddress()
  const [edited, setEdited] = useState<Partial<Column>>()
  const [merged, setMerged] = useState<Column>()
  const [applying, setApplying] = useState<{ about?: Column }>()
  const flat = query.data?.flat ?? []
  const list = useColumnsOf({ manage, applies, edit: setEdited, merge: setMerged, apply: (about) => { setApplying({ about }) } })
  const asking = manage || applies
  const tree = (
    <DataTable id="columns" label={t('nav.columns')} query={query} columns={list} rowKey={(c) => c.id} paged={false}
      empty={<Nothing text={t(manage ? 'column.empty_manage' : 'column.empty')} />} />
  )
  const tab = search.application ? 'applications' : search.tab ?? 'tree'
  return (
    <Page help="columns" name={t('nav.columns')} extra={<>
      {applies && !manage && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setApplying({}) }}>{t('apply.new')}</Button>}
      {manage && <Link to="/publish/templates"><Button>{t('template.title')}</Button></Link>}
      {manage && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setEdited({}) }}>{t('column.new')}</Button>}
    </>}>
      <section className="panel">
        {asking ? (
          <Tabs activeKey={tab} onChange={(to) => { set({ tab: to === 'tree' ? undefined : to, application: undefined, pattern: undefined, after: undefined, sort: undefined, view: undefined }) }} destroyOnHidden items={[
            { key: 'tree', label: t('column.tree'), children: tree },
            { key: 'applications', label: t('apply.tab'), children: <Applications columns={flat} /> },
            ...(manage ? [{ key: 'places', label: t('column.places_tab'), children: <Places /> }, { key: 'patterns', label: t('pattern.tab'), children: <Patterns /> }] : []),
          ]} />
        ) : tree}
      </section>
      <ColumnDialog row={edited} columns={flat} close={() => { setEdited(undefined) }} />
      <MergeDialog row={merged} columns={flat} close={() => { setMerged(undefined) }} />
      <ApplyDialog open={applying !== undefined} about={applying?.about} columns={flat} close={() => { setApplying(undefined) }} />
    </Page>
  )
}

interface Doing { manage: boolean; applies: boolean; edit: (c: Column) => void; merge: (c: Column) => void; apply: (c: Column) => void }

function useColumnsOf({ manage, applies, edit, merge, apply }: Doing): Col<Leaf>[] {
  const turn = useAction({
    run: (c: Column, act) => switchColumn(c, act),
    done: (_, c) => t(c.state === 'active' ? 'column.disabled' : 'column.enabled', { name: c.name }),
    undo: (next, _, act) => switchColumn(next, act),
  })
  const remove = useAction({
    run: async (c: Column, act) => ok(client.DELETE('/publish/columns/{id}', { ...act(), params: { path: { id: c.id }, query: { version: c.version } } })),
    confirm: (c) => ({ title: t('column.delete_ask', { name: c.name }), ok: t('column.delete'), danger: true }),
    done: (_, c) => t('column.deleted', { name: c.name }),
  })
  const cols: Col<Leaf>[] = [
    { key: 'name', title: t('item.column'), fixed: true, render: (c) => (
      <>
        <Link to="/publish/columns/$id" params={{ id: c.id }}>{c.name}</Link>{' '}
        {c.unread > 0 && <Badge count={c.unread} size="small" color="#1f5f99" title={t('column.unread', { n: c.unread })} />}
        {c.merged_into ? <Tag>{t('column.merged', { name: c.merged_name })}</Tag> : c.state === 'disabled' && <Tag>{t('column.state.disabled')}</Tag>}
        {c.rules.sign && <Tag color="blue">{t('right.sign')}</Tag>}
      </>
    ) },
    { key: 'department', title: t('column.department'), render: (c) => c.department_name ?? '' },
    { key: 'levels', title: t('column.levels'), align: 'right', render: (c) => c.review_levels },
    { key: 'count', title: t('column.count'), align: 'right', render: (c) => c.item_count },
    { key: 'last', title: t('column.last'), render: (c) => (c.last_published_at ? dateTime(c.last_published_at) : t('column.never')) },
  ]
  cols.push({ key: 'interval', title: t('column.interval'), render: (c) => intervalText(c) })
  if (!manage && applies) {
    return [...cols, { key: 'actions', title: '', fixed: true, align: 'right', render: (c) => <Button size="small" onClick={() => { apply(c) }}>{t('apply.change')}</Button> }]
  }
  if (!manage) return cols
  return [...cols, { key: 'actions', title: '', fixed: true, align: 'right', render: (c) => (
    <span className="row" style={{ justifyContent: 'flex-end' }}>
      <Button size="small" onClick={() => { edit(c) }}>{t('app.edit')}</Button>
      <Button size="small" loading={turn.busy} onClick={() => { turn.go(c) }}>{t(c.state === 'active' ? 'column.disable' : 'column.enable')}</Button>
      <Dropdown trigger={['click']} menu={{ items: [
        { key: 'merge', label: t('column.merge'), disabled: c.state !== 'active', onClick: () => { merge(c) } },
        { key: 'delete', label: t('column.delete'), danger: true, onClick: () => { remove.go(c) } },
      ] }}><Button size="small" icon={<MoreOutlined />} aria-label={t('column.more_of', { name: c.name })} /></Dropdown>
    </span>
  ) }]
}

function switchColumn(c: Column, act: Parameters<Parameters<typeof useAction>[0]['run']>[1]): Promise<Column> {
  const params = { ...act(), params: { path: { id: c.id } }, body: { version: c.version } }
  return ok(c.state === 'active' ? client.POST('/publish/columns/{id}/disable', params) : client.POST('/publish/columns/{id}/enable', params))
}
