import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Segmented, Statistic } from 'antd'
import { client, ok } from '@/api/client'
import type { Returns as Line } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { DaysInput } from '@/ui/DaysInput'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref } from '@/ui/sort'
import { type Search, useAddress } from '@/ui/useAddress'

const REASONS = ['format', 'wording', 'false', 'irrelevant', 'unlawful', 'other'] as const
const BY = ['department', 'reviewer'] as const

const share = (n: number, of: number) => (of === 0 ? '' : `${(100 * n / of).toFixed(1)}%`)

function useReturns(search: Search, by: string) {
  const asked = { by, ...(search.from ? { from: search.from } : {}), ...(search.to ? { to: search.to } : {}) }
  const query = useQuery({
    queryKey: ['returns', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/returns', { signal, params: { query: asked } })),
  })
  return { query, href: exportHref('/publish/returns', asked, currentLocale()) }
}

/** What reviewers returned and why, in all, by department and by reviewer (R030, R031). */
export function Returns() {
  const [search, set] = useAddress()
  const by = search.by === 'reviewer' ? 'reviewer' : 'department'
  const { query, href } = useReturns(search, by)
  const total = useReturns(search, 'total').query.data?.items[0]
  return (
    <Page help="inspection#returns" name={t('returns.page')} back>
      <section className="panel">
        <div className="filters">
          <Segmented value={by} onChange={(v) => { set({ by: v === 'reviewer' ? v : undefined }) }} options={BY.map((b) => ({ value: b, label: t(`returns.by.${b}`) }))} />
          <DaysInput aria-label={t('inspect.period')} value={search} style={{ maxWidth: 280 }} onChange={(days) => { set({ from: days?.from, to: days?.to }) }} />
        </div>
        {total && (
          <div className="row gap-below" style={{ gap: 32, flexWrap: 'wrap' }}>
            <Statistic title={t('returns.submitted')} value={total.base} />
            <Statistic title={t('returns.returned')} value={total.returned} suffix={<small className="quiet">{share(total.returned, total.base)}</small>} />
            {REASONS.filter((r) => total[r] > 0).map((r) => <Statistic key={r} title={t(`approval.reason.${r}`)} value={total[r]} />)}
          </div>
        )}
        <DataTable id="returns" label={t('returns.page')} query={query} columns={columns(by)} rowKey={(r) => r.id ?? 'all'} paged={false} exportHref={href}
          empty={<Nothing text={t('returns.empty')} />} />
      </section>
    </Page>
  )
}

const columns = (by: (typeof BY)[number]): Col<Line>[] => [
  { key: 'name', title: t(`returns.${by}`), fixed: true, render: (r) => r.name || t('returns.whole') },
  { key: 'base', title: t(by === 'reviewer' ? 'returns.decided' : 'returns.submitted'), align: 'right', render: (r) => r.base },
  { key: 'returned', title: t('returns.returned'), align: 'right', render: (r) => r.returned },
  { key: 'share', title: t('returns.share'), align: 'right', render: (r) => share(r.returned, r.base) },
  ...REASONS.map((k): Col<Line> => ({ key: k, title: t(`approval.reason.${k}`), align: 'right', render: (r) => r[k] })),
]
