import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Input, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Push } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'

/** How many of so many have read it, in whole percent; nothing where nobody could. */
export function readRate(x: { readers: number; members: number }): string {
  return x.members > 0 ? `${Math.round((Math.min(x.readers, x.members) * 100) / x.members)}%` : '—'
}

const COLUMNS: () => Col<Push>[] = () => [
  { key: 'title', title: t('item.title'), sort: 'title', fixed: true, render: (p) => <Link className="title" to="/exchange/pushes/$id" params={{ id: p.id }}>{p.title}</Link> },
  { key: 'state', title: t('app.state'), sort: 'state', render: (p) => <Tag color={p.state === 'live' ? 'success' : 'default'}>{t(`push.state.${p.state}`)}</Tag> },
  { key: 'units', title: t('push.arrived'), align: 'right', render: (p) => t('push.n_of', { n: p.arrived, all: p.units }) },
  { key: 'read', title: t('push.readers'), align: 'right', render: (p) => t('push.n_of', { n: p.readers, all: p.members }) },
  { key: 'rate', title: t('push.rate'), align: 'right', render: readRate },
  { key: 'at', title: t('push.at'), sort: '-pushed_at', date: true, render: (p) => dateTime(p.pushed_at) },
  { key: 'by', title: t('push.by'), render: (p) => p.by },
]

/** What was given to the units below. */
export function Pushes() {
  const [search, set] = useAddress()
  const asked = { ...sortedPageOf<'/exchange/pushes'>(search), ...(search.q ? { q: search.q } : {}) }
  const query = useQuery({
    queryKey: ['pushes', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/pushes', { signal, params: { query: asked } })),
  })
  return (
    <Page help="pushing" name={t('nav.pushes')}>
      <section className="panel">
        <div className="filters">
          <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('solicit.search')} aria-label={t('solicit.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        </div>
        <DataTable id="pushes" label={t('nav.pushes')} query={query} columns={COLUMNS()} rowKey={(p) => p.id} empty={<Nothing text={t('push.empty')} />}
          exportHref={exportHref('/exchange/pushes', asked, currentLocale())} />
      </section>
    </Page>
  )
}
