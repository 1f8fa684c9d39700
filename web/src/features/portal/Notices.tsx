import { CheckOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { Notice } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { noticeText } from './notice-text'

/** What happened that concerns me. */
export function Notices() {
  const [search, set] = useAddress()
  const unread = search.unread === '1'
  const query = useQuery({
    queryKey: ['notices', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/message/notices', { signal, params: { query: { ...pageOf(search), ...(unread ? { unread } : {}) } } })),
  })
  const read = useAction({ run: (n: Notice, act) => ok(client.POST('/message/notices/{id}/read', { ...act(), params: { path: { id: n.id } } })) })
  const all = useAction({ run: (_: null, act) => ok(client.POST('/message/notices/read-all', act())), done: () => t('notice.all_read') })
  const columns: Col<Notice>[] = [
    { key: 'text', title: t('notice.title'), fixed: true, render: (n) => (
      <HrefLink href={n.href} className={n.read_at ? 'title' : 'title unread-dot'} onOpen={() => { if (!n.read_at) read.go(n) }}>{noticeText(n)}</HrefLink>
    ) },
    { key: 'at', title: t('app.time'), width: 160, render: (n) => dateTime(n.at) },
  ]
  return (
    <Page help="desktop#notices" name={t('notice.title')} extra={<Button icon={<CheckOutlined />} loading={all.busy} onClick={() => { all.go(null) }}>{t('notice.read_all')}</Button>}>
      <section className="panel">
        <div className="filters">
          <Segmented value={unread ? '1' : ''} onChange={(v) => { set({ unread: v, after: undefined }) }} options={[{ value: '', label: t('app.all') }, { value: '1', label: t('item.unread') }]} />
        </div>
        <DataTable id="notices" label={t('notice.title')} query={query} columns={columns} rowKey={(n) => n.id} empty={<Nothing text={t('notice.none')} />} />
      </section>
    </Page>
  )
}
