import { Link } from '@tanstack/react-router'
import { Button, Select, Tag } from 'antd'
import { useMemo } from 'react'
import type { Round } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { useRounds } from './data'
import { RankingView } from './RankingView'
import { YearGlance } from './YearGlance'

/** The year at a glance: its rounds, and how things stand in the latest. */
export function Year() {
  const [search, set] = useAddress()
  const manage = useCan()('assess.manage')
  const query = useRounds()
  const years = useMemo(() => [...new Set((query.data?.items ?? []).map((r) => r.to.slice(0, 4)))].sort().reverse(), [query.data])
  const year = search.year ?? years[0]
  return (
    <Page help="scores" name={t('assess.year')} title={year ? t('assess.year_of', { year }) : t('assess.year')} extra={years.length > 1 && (
      <Select value={year} aria-label={t('calendar.year')} onChange={(y: string) => { set({ year: y }) }} options={years.map((y) => ({ value: y, label: y }))} />
    )}>
      <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={
        <Nothing text={t('assess.no_rounds')}>{manage && <Link to="/assess/schemes"><Button type="primary">{t('assess.schemes')}</Button></Link>}</Nothing>
      }>
        {(d) => <div className="stack-wide"><YearGlance year={search.year} /><Rounds rounds={d.items.filter((r) => r.to.startsWith(year ?? ''))} /></div>}
      </Loaded>
    </Page>
  )
}

function Rounds({ rounds }: { rounds: Round[] }) {
  const sorted = [...rounds].sort((a, b) => (a.to < b.to ? 1 : -1))
  const latest = sorted[0]
  return (
    <div className="stack-wide">
      <section className="panel">
        <h2>{t('assess.rounds')}</h2>
        <ul className="lines">
          {sorted.map((r) => (
            <li key={r.id}>
              <span className="grow"><Link to="/assess/rounds/$id" params={{ id: r.id }}>{r.name}</Link> <RoundTag round={r} /></span>
              <span className="when">{r.from} — {r.to}</span>
              {r.computed_at && <span className="when">{t('assess.computed', { at: dateTime(r.computed_at) })}</span>}
            </li>
          ))}
        </ul>
      </section>
      {latest && <RankingView round={latest.id} />}
    </div>
  )
}

export function RoundTag({ round }: { round: Pick<Round, 'state'> & { frozen_at?: string | null } }) {
  if (round.frozen_at) return <Tag color="processing">{t('round.state.frozen')}</Tag>
  return <Tag color={round.state === 'published' ? 'success' : 'warning'}>{t(`round.state.${round.state}`)}</Tag>
}
