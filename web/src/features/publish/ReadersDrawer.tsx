import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Drawer, Progress, Segmented, Select, Table } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Item, Reader, Reading } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { exportHref } from '@/ui/sort'
import { ExportLink } from '@/ui/TableBars'
import { useAction } from '@/ui/useAction'

/** Who is expected to read an item, who has, and a reminder for those who have not (R037). */
export default function ReadersDrawer({ item, reading: g, of, close }: { item: Pick<Item, 'id' | 'title'>; reading: Reading; of?: string; close: () => void }) {
  const [state, setState] = useState('unread')
  const [department, setDepartment] = useState(g.departments.some((d) => d.id === of) ? of : undefined)
  const asked = { ...(state === 'all' ? {} : { state }), ...(department ? { department } : {}) }
  const query = useInfiniteQuery({
    queryKey: ['item', item.id, 'readers', state, department], initialPageParam: '',
    queryFn: ({ signal, pageParam }) => ok(client.GET('/publish/items/{id}/readers', {
      signal, params: { path: { id: item.id }, query: { ...asked, limit: 50, ...(pageParam ? { after: pageParam } : {}) } } })),
    getNextPageParam: (last) => last.next || undefined,
  })
  const remind = useAction({
    run: (_: null, act) => ok(client.POST('/publish/items/{id}/remind', { ...act(), params: { path: { id: item.id } }, body: department ? { department_id: department } : {} })),
    done: (r) => t('readers.reminded', { n: r.told }),
  })
  const states = ['unread', 'read', ...(g.receipts ? ['unconfirmed', 'confirmed'] : []), 'all'] as ('all' | 'read' | 'unread' | 'confirmed' | 'unconfirmed')[]
  const part = g.departments.find((d) => d.id === department) ?? g.total
  const share = part && part.audience > 0 ? Math.round((part.read * 100) / part.audience) : 0
  return (
    <Drawer open onClose={close} size={640} title={t('readers.title', { title: item.title })}
      extra={g.may.includes('remind') && <Button type="primary" loading={remind.busy} onClick={() => { remind.go(null) }}>{t('readers.remind')}</Button>}>
      {part && <p>{t(g.receipts ? 'readers.counts_confirmed' : 'readers.counts', { audience: part.audience, read: part.read, confirmed: part.confirmed })}</p>}
      <Progress className="gap-below" percent={share} aria-label={t('readers.open')} />
      {g.reminded_at && <p className="quiet">{t('readers.last_reminded', { by: g.reminded_by, at: dateTime(g.reminded_at) })}</p>}
      <div className="filters">
        <Segmented value={state} aria-label={t('readers.open')} onChange={setState} options={states.map((s) => ({ value: s as string, label: t(`readers.state.${s}`) }))} />
        {g.departments.length > 1 && (
          <Select allowClear style={{ minWidth: 200 }} value={department} aria-label={t('readers.department')} placeholder={t('readers.all_departments')} onChange={setDepartment}
            options={g.departments.filter((d) => d.id).map((d) => ({ value: d.id ?? '', label: `${d.name} ${String(d.read)} / ${String(d.audience)}` }))} />
        )}
      </div>
      <div className="table-scroll" role="region" aria-label={t('readers.open')} tabIndex={0}>
        <Table<Reader> size="small" rowKey="id" pagination={false} loading={query.isPending} locale={{ emptyText: t('readers.empty') }} dataSource={query.data?.pages.flatMap((p) => p.items) ?? []}
          columns={[
            { title: t('readers.name'), dataIndex: 'name' },
            { title: t('readers.department'), render: (_, r) => r.department_name || t('readers.no_department') },
            { title: t('readers.read_at'), className: 'date', render: (_, r) => dateTime(r.read_at) },
            ...(g.receipts ? [{ title: t('readers.confirmed_at'), className: 'date', render: (_: unknown, r: Reader) => dateTime(r.confirmed_at) }] : []),
          ]} />
      </div>
      <div className="table-foot">
        <ExportLink href={exportHref(`/publish/items/${item.id}/readers` as '/publish/items/{id}/readers', asked, currentLocale())} />
        {query.hasNextPage && <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('readers.more')}</Button>}
      </div>
    </Drawer>
  )
}
