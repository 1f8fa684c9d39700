import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { Asked } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'
import { AnswerTag } from './AnswerTag'

const COLUMNS: () => Col<Asked>[] = () => [
  { key: 'title', title: t('solicit.topic'), sort: 'title', fixed: true, render: (a) => <Link className="title" to="/exchange/asked/$id" params={{ id: a.id }}>{a.title}</Link> },
  { key: 'peer', title: t('solicit.from'), sort: 'peer', render: (a) => a.peer.name },
  { key: 'state', title: t('app.state'), render: (a) => <AnswerTag state={a.state} /> },
  { key: 'due', title: t('solicit.due'), sort: '-due_at', date: true, render: (a) => dateTime(a.due_at) },
  { key: 'answered', title: t('solicit.answered_at'), date: true, render: (a) => dateTime(a.answered_at) },
  { key: 'urges', title: t('solicit.urges'), align: 'right', extra: true, render: (a) => a.urges },
  { key: 'sent', title: t('solicit.sent_at'), sort: '-sent_at', date: true, extra: true, render: (a) => dateTime(a.sent_at) },
]

/** What those above ask for. */
export function AskedList() {
  const [search, set] = useAddress()
  const state = search.state ?? 'owing'
  const asked = { ...sortedPageOf<'/exchange/asked'>(search), ...(state === 'all' ? {} : { state }) }
  const query = useQuery({
    queryKey: ['asked', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/asked', { signal, params: { query: asked } })),
  })
  return (
    <Page help="reporting#asked" name={t('nav.asked')}>
      <section className="panel">
        <div className="filters">
          <Segmented value={state} onChange={(v) => { set({ state: v, after: undefined }) }}
            options={(['owing', 'answered', 'all'] as const).map((s) => ({ value: s as string, label: s === 'all' ? t('app.all') : t(`solicit.box.${s}`) }))} />
        </div>
        <DataTable id="asked" label={t('nav.asked')} query={query} columns={COLUMNS()} rowKey={(a) => a.id} empty={<Nothing text={t('solicit.empty_asked')} />}
          exportHref={exportHref('/exchange/asked', asked, currentLocale())} />
      </section>
    </Page>
  )
}
