import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { NoticeShown } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'

/** How long a unit may still appeal. */
export function AppealTag({ s }: { s: NoticeShown }) {
  if (s.decided) return <Tag color="success">{s.decided.grade}</Tag>
  if (s.replaced) return <Tag>{t('verdict.replaced')}</Tag>
  if (s.left < 0) return <Tag>{t('verdict.appeal_over')}</Tag>
  return <Tag color={s.left <= 2 ? 'warning' : 'processing'}>{s.left === 0 ? t('verdict.appeal_today') : t('verdict.appeal_left', { n: s.left })}</Tag>
}

/** The public notices of results that are about one's own unit. */
export function NoticeList() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['verdict-notices', search.after, search.limit],
    queryFn: ({ signal }) => ok(client.GET('/verdict/notices', { signal, params: { query: pageOf(search) } })),
  })
  const columns: Col<NoticeShown>[] = [
    { key: 'round', title: t('assess.round'), fixed: true, render: (s) => <Link to="/assess/notices/$id" params={{ id: s.notice.id }}>{s.scheme_name} {s.round_name}</Link> },
    { key: 'state', title: t('app.state'), fixed: true, render: (s) => <AppealTag s={s} /> },
    { key: 'unit', title: t('assess.unit'), render: (s) => s.unit.name },
    { key: 'total', title: t('assess.total'), align: 'right', render: (s) => <strong>{s.total}</strong> },
    { key: 'rank', title: t('assess.rank'), align: 'right', render: (s) => t('assess.rank_of', { rank: s.rank, n: s.units }) },
    { key: 'until', title: t('verdict.notice_days'), render: (s) => t('verdict.from_until', { from: s.notice.opened_on, until: s.notice.until }) },
    { key: 'appeals', title: t('verdict.step.appeal'), align: 'right', render: (s) => (s.appealed ? s.appealed : '') },
    { key: 'issuer', title: t('verdict.issuer'), render: (s) => s.issuer_name },
  ]
  return (
    <Page help="verdict#unit" name={t('verdict.notices')}>
      <section className="panel">
        <DataTable id="verdict-notices" label={t('verdict.notices')} query={query} columns={columns} rowKey={(s) => `${s.notice.id} ${s.unit.id}`} empty={<Nothing text={t('verdict.no_notices')} />} />
      </section>
    </Page>
  )
}
