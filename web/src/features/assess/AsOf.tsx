import { useQuery } from '@tanstack/react-query'
import { Alert } from 'antd'
import type { ReactNode } from 'react'
import { client, ok } from '@/api/client'
import type { Round, UnitScore } from '@/api/types'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { Loaded } from '@/ui/Loaded'

/** Chooses a past day of a round; nothing chosen is now. */
export function DayPicker({ round, day, choose }: { round: Round; day: string | undefined; choose: (day: string | undefined) => void }) {
  return (
    <DayInput style={{ width: 176 }} value={day ?? null} placeholder={t('asof.pick')} aria-label={t('asof.pick')}
      first={round.from} last={today()} onChange={choose} />
  )
}

/** A unit's score as it was at the end of a day, by what had been done and confirmed until then. */
export function AsOf({ round, unit, day, children }: { round: string; unit: string; day: string; children: (score: UnitScore) => ReactNode }) {
  const query = useQuery({
    queryKey: ['as-of', round, unit, day],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/units/{unit}/as-of', { signal, params: { path: { id: round, unit }, query: { day } } })),
  })
  return (
    <Loaded query={query} isEmpty={() => false} empty={null}>
      {(s) => <div className="stack-wide"><Alert type="info" showIcon title={t('asof.is', { day, total: s.total, rank: s.rank, n: s.units })} />{children(s)}</div>}
    </Loaded>
  )
}
