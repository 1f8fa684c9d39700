import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Input, Select, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Onboarding } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { type Search, useAddress } from '@/ui/useAddress'

const STATES = ['open', 'filed', 'accepted', 'ready', 'live', 'declined', 'withdrawn'] as const
const TONE = { filed: 'warning', accepted: 'processing', ready: 'success', live: 'success', declined: 'default', withdrawn: 'default' } as const

function queryOf(s: Search) {
  return { ...sortedPageOf<'/console/onboardings'>(s), ...(s.state ? { state: s.state } : {}), ...(s.q ? { q: s.q } : {}) }
}

/** Plans for new units, what is due first on top. */
export function Onboardings() {
  const [search, set] = useAddress()
  const query = useQuery({
    queryKey: ['console', 'onboardings', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/onboardings', { signal, params: { query: queryOf(search) } })),
  })
  return (
    <Page help="console#onboarding" name={t('onboard.console')}>
      <section className="panel">
        <div className="filters">
          <Input.Search className="grow" key={search.q} allowClear defaultValue={search.q} placeholder={t('onboard.search')} aria-label={t('onboard.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
          <Select allowClear style={{ minWidth: 140 }} placeholder={t('console.all_states')} aria-label={t('app.state')} value={search.state} onChange={(state: string | undefined) => { set({ state, after: undefined }) }}
            options={STATES.map((s) => ({ value: s, label: t(`onboard.state.${s}`) }))} />
        </div>
        <DataTable id="onboardings" label={t('onboard.console')} query={query} columns={COLUMNS()} rowKey={(x) => x.id}
          exportHref={exportHref('/console/onboardings', queryOf(search), currentLocale())} empty={<Nothing text={t('onboard.console_empty')} />} />
      </section>
    </Page>
  )
}

export function OnboardState({ state }: { state: Onboarding['state'] }) {
  return <Tag color={TONE[state]}>{t(`onboard.state.${state}`)}</Tag>
}

/** How much of the three working days is left, or that it was kept or missed. */
export function Countdown({ o }: { o: Pick<Onboarding, 'state' | 'late' | 'due_on' | 'ready_at' | 'days_left'> }) {
  if (o.ready_at) return <Tag color={o.late ? 'error' : 'success'}>{t(o.late ? 'onboard.was_late' : 'onboard.in_time')}</Tag>
  if (o.state !== 'filed' && o.state !== 'accepted') return null
  if (o.days_left < 0) return <Tag color="error">{t('onboard.late_by', { n: -o.days_left })}</Tag>
  return <Tag color={o.days_left < 2 ? 'warning' : 'processing'}>{o.days_left === 0 ? t('onboard.due_today') : t('onboard.days_left', { n: o.days_left })}</Tag>
}

const COLUMNS = (): Col<Onboarding>[] => [
  { key: 'name', title: t('onboard.unit'), fixed: true, sort: 'name', render: (x) => <Link to="/console/onboardings/$id" params={{ id: x.id }}>{x.name}</Link> },
  { key: 'from', title: t('onboard.from'), render: (x) => x.from_name },
  { key: 'state', title: t('app.state'), render: (x) => <OnboardState state={x.state} /> },
  { key: 'due', title: t('onboard.due'), date: true, sort: 'due_on', render: (x) => <>{x.due_on} <Countdown o={x} /></> },
  { key: 'people', title: t('onboard.people'), align: 'right', render: (x) => x.people },
  { key: 'fitting', title: t('onboard.fitting_on'), date: true, render: (x) => x.fitting_on },
  { key: 'filed', title: t('onboard.filed_at'), date: true, sort: '-filed_at', render: (x) => dateTime(x.filed_at) },
]
