import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Input, Segmented, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Pushed } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'

const COLUMNS: () => Col<Pushed>[] = () => [
  { key: 'title', title: t('item.title'), sort: 'title', fixed: true, render: (p) => (
    <Link className="title" to="/exchange/pushed/$id" params={{ id: p.id }}>{p.read ? p.title : <strong>{p.title}</strong>}</Link>
  ) },
  { key: 'peer', title: t('push.from'), sort: 'peer', render: (p) => p.peer.name },
  { key: 'unit', title: t('push.department'), render: (p) => p.unit },
  { key: 'read', title: t('app.state'), render: (p) => <Tag color={p.read ? 'default' : 'processing'}>{t(p.read ? 'push.read' : 'push.unread')}</Tag> },
  { key: 'at', title: t('push.got_at'), sort: '-pushed_at', date: true, render: (p) => dateTime(p.pushed_at) },
]

/** What the units above gave to read. */
export function PushedList() {
  const [search, set] = useAddress()
  const asked = { ...sortedPageOf<'/exchange/pushed'>(search), ...(search.unread ? { unread: true } : {}), ...(search.q ? { q: search.q } : {}) }
  const query = useQuery({
    queryKey: ['pushed', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/pushed', { signal, params: { query: asked } })),
  })
  return (
    <Page help="reading#pushed" name={t('nav.pushed')}>
      <section className="panel">
        <div className="filters">
          <Segmented value={search.unread ?? ''} onChange={(unread) => { set({ unread, after: undefined }) }}
            options={[{ value: '', label: t('app.all') }, { value: 'true', label: t('push.unread') }]} />
          <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('solicit.search')} aria-label={t('solicit.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        </div>
        <DataTable id="pushed" label={t('nav.pushed')} query={query} columns={COLUMNS()} rowKey={(p) => p.id} empty={<Nothing text={t('push.empty_in')} />} />
      </section>
    </Page>
  )
}
