import { TeamOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Checkbox, Progress, Select } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { DepartmentItem } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { type Search, useAddress } from '@/ui/useAddress'
import { ReadHelpers } from './ReadHelpers'

const ReadersDrawer = lazy(() => import('./ReadersDrawer'))

const asked = (search: Search) => ({
  ...sortedPageOf<'/publish/department-reading'>(search), ...(search.department ? { department: search.department } : {}), ...(search.unread ? { unread: true } : {}),
})

/** What the people of a department should have read, and how many have: for its head and whom the head lets look (R037). */
export function DepartmentReading() {
  const [search, set] = useAddress()
  const [open, setOpen] = useState<DepartmentItem>()
  const departments = useQuery({ queryKey: ['items', 'department', 'of'], queryFn: ({ signal }) => ok(client.GET('/publish/department-reading/departments', { signal })) })
  const mine = departments.data?.items ?? []
  const of = mine.find((d) => d.id === search.department) ?? mine[0]
  const query = useQuery({
    queryKey: ['items', 'department', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/department-reading', { signal, params: { query: asked(search) } })),
  })
  return (
    <Page help="reading#department" name={t('nav.department_reading')}>
      <section className="panel">
        <p className="quiet">{t('depread.lead')}</p>
        <div className="filters">
          {mine.length > 1 && (
            <Select style={{ minWidth: 200 }} showSearch={{ optionFilterProp: 'label' }} aria-label={t('depread.department')} value={of?.id} onChange={(v) => { set({ department: v, after: undefined }) }}
              options={mine.map((d) => ({ value: d.id, label: d.name }))} />
          )}
          <Checkbox style={{ alignSelf: 'center' }} checked={search.unread === '1'} onChange={(e) => { set({ unread: e.target.checked ? '1' : undefined, after: undefined }) }}>{t('depread.only_unread')}</Checkbox>
        </div>
        <DataTable id="department-reading" label={t('nav.department_reading')} query={query} columns={COLUMNS(setOpen)} rowKey={(r) => r.id}
          empty={<Nothing text={t('depread.empty')} />} exportHref={exportHref('/publish/department-reading', asked(search), currentLocale())} />
      </section>
      {of?.names && <ReadHelpers department={of} />}
      {open && <Readers key={open.id} item={open} of={of?.id} close={() => { setOpen(undefined) }} />}
    </Page>
  )
}

/** Who has read one of them, without leaving the page. */
function Readers({ item, of, close }: { item: DepartmentItem; of?: string; close: () => void }) {
  const { data } = useQuery({
    queryKey: ['item', item.id, 'reading'],
    queryFn: ({ signal }) => ok(client.GET('/publish/items/{id}/reading', { signal, params: { path: { id: item.id } } })),
  })
  return data ? <Suspense><ReadersDrawer item={item} reading={data} of={of} close={close} /></Suspense> : null
}

const COLUMNS = (open: (item: DepartmentItem) => void): Col<DepartmentItem>[] => [
  { key: 'title', title: t('item.title'), fixed: true, sort: 'title', render: (r) => <Link to="/publish/items/$id" params={{ id: r.id }}>{r.title}</Link> },
  { key: 'column', title: t('item.column'), sort: 'column_name', render: (r) => r.column_name },
  { key: 'published', title: t('item.published_at'), date: true, sort: '-published_at', render: (r) => dateTime(r.published_at) },
  { key: 'audience', title: t('depread.audience'), align: 'right', render: (r) => r.audience },
  { key: 'read', title: t('depread.read'), align: 'right', render: (r) => r.read },
  { key: 'confirmed', title: t('depread.confirmed'), align: 'right', render: (r) => (r.receipts ? r.confirmed : '') },
  { key: 'share', title: t('push.rate'), width: 120, render: (r) => <Progress size="small" percent={Math.round((r.read * 100) / r.audience)} aria-label={t('depread.read')} /> },
  { key: 'who', title: t('depread.who'), render: (r) => <Button type="link" size="small" icon={<TeamOutlined />} aria-label={t('depread.who_of', { title: r.title })} onClick={() => { open(r) }}>{t('depread.who')}</Button> },
]
