import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Checkbox, Progress, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { DepartmentItem } from '@/api/types'
import { useMe } from '@/app/session'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { type Search, useAddress } from '@/ui/useAddress'

const asked = (search: Search) => ({
  ...sortedPageOf<'/publish/department-reading'>(search), ...(search.department ? { department: search.department } : {}), ...(search.unread ? { unread: true } : {}),
})

/** What the people of a department should have read, and how many have: for its head (R037). */
export function DepartmentReading() {
  const me = useMe()
  const [search, set] = useAddress()
  const led = me.departments.filter((d) => d.head)
  const query = useQuery({
    queryKey: ['items', 'department', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/department-reading', { signal, params: { query: asked(search) } })),
  })
  return (
    <Page help="reading#department" name={t('nav.department_reading')}>
      <section className="panel">
        <p className="quiet">{t('depread.lead')}</p>
        <div className="filters">
          {led.length > 1 && (
            <Select style={{ minWidth: 200 }} aria-label={t('depread.department')} value={search.department ?? led[0]?.id} onChange={(v) => { set({ department: v, after: undefined }) }}
              options={led.map((d) => ({ value: d.id, label: d.name }))} />
          )}
          <Checkbox style={{ alignSelf: 'center' }} checked={search.unread === '1'} onChange={(e) => { set({ unread: e.target.checked ? '1' : undefined, after: undefined }) }}>{t('depread.only_unread')}</Checkbox>
        </div>
        <DataTable id="department-reading" label={t('nav.department_reading')} query={query} columns={COLUMNS()} rowKey={(r) => r.id}
          empty={<Nothing text={t('depread.empty')} />} exportHref={exportHref('/publish/department-reading', asked(search), currentLocale())} />
      </section>
    </Page>
  )
}

const COLUMNS = (): Col<DepartmentItem>[] => [
  { key: 'title', title: t('item.title'), fixed: true, sort: 'title', render: (r) => <Link to="/publish/items/$id" params={{ id: r.id }}>{r.title}</Link> },
  { key: 'column', title: t('item.column'), sort: 'column_name', render: (r) => r.column_name },
  { key: 'published', title: t('item.published_at'), date: true, sort: '-published_at', render: (r) => dateTime(r.published_at) },
  { key: 'audience', title: t('depread.audience'), align: 'right', render: (r) => r.audience },
  { key: 'read', title: t('depread.read'), align: 'right', render: (r) => r.read },
  { key: 'confirmed', title: t('depread.confirmed'), align: 'right', render: (r) => (r.receipts ? r.confirmed : '') },
  { key: 'share', title: t('push.rate'), width: 120, render: (r) => <Progress size="small" percent={Math.round((r.read * 100) / r.audience)} aria-label={t('depread.read')} /> },
]
