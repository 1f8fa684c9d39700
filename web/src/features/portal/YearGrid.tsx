import type { CalendarDay } from '@/api/types'
import { t } from '@/i18n'
import { type Cell, monthOf } from './year'
import './year.css'

interface Props { year: number; days: CalendarDay[]; picked?: string; pick: (date: string) => void }

/** A year at a glance; each day is a button that tells what it is. */
export function YearGrid({ year, days, picked, pick }: Props) {
  const special = new Map(days.map((d) => [d.date, d]))
  return (
    <div className="year">
      {Array.from({ length: 12 }, (_, m) => (
        <table key={m} className="month">
          <caption>{t('calendar.month', { m: m + 1 })}</caption>
          <thead><tr>{(['1', '2', '3', '4', '5', '6', '7'] as const).map((d) => <th key={d} scope="col">{t(`calendar.weekday.${d}`)}</th>)}</tr></thead>
          <tbody>
            {monthOf(year, m, special).map((week, i) => (
              <tr key={i}>{week.map((c, j) => <td key={j}>{c && <Day cell={c} picked={picked === c.date} pick={pick} />}</td>)}</tr>
            ))}
          </tbody>
        </table>
      ))}
    </div>
  )
}

function Day({ cell, picked, pick }: { cell: Cell; picked: boolean; pick: (date: string) => void }) {
  const what = cell.name || (cell.off ? t('calendar.off') : cell.special ? t('calendar.on') : t('calendar.usual'))
  return (
    <button type="button" className={`day${cell.off ? ' off' : ''}${cell.special ? ' special' : ''}`} aria-pressed={picked} title={what}
      aria-label={`${cell.date} ${what}`} onClick={() => { pick(cell.date) }}>{cell.day}</button>
  )
}
