import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import type { Form } from './types'

type Result = Form['results'][number]

const COLUMNS: () => Col<Result>[] = () => [
  { key: 'line', title: t('assess.rule'), fixed: true, render: (r) => r.name },
  { key: 'self', title: t('review.self_points'), align: 'right', render: (r) => r.self ?? '' },
  { key: 'system', title: t('review.system'), align: 'right', render: (r) => r.system },
  { key: 'value', title: t('review.value'), align: 'right', fixed: true, render: (r) => <strong>{r.value}</strong> },
  { key: 'reason', title: t('app.reason'), render: (r) => r.reason },
]

/** What the review of a unit's lines came to, as the unit sees it. */
export function Results({ of }: { of: Result[] }) {
  return (
    <section className="panel">
      <h2>{t('review.results')}</h2>
      <DataTable id="review-results" label={t('review.results')} columns={COLUMNS()} rowKey={(r) => r.code} paged={false} query={{ data: { items: of }, isError: false } as never} />
    </section>
  )
}
