import { Link } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { ColumnHealth } from '@/api/types'
import { t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { lastDay, shade } from './heat'

interface Props { columns: ColumnHealth[]; weeks: string[]; today: string }

/** Columns by weeks: the number of items in each cell, darker for more, striped where the column had been silent too long (UI8). */
export function HealthMap({ columns, weeks, today }: Props) {
  if (columns.length === 0) return <Nothing />
  return (
    <>
      <div className="map-box" ref={toTheEnd} role="region" tabIndex={0} aria-label={t('health.map')}>
        <table className="map" aria-label={t('health.map_of')}>
          <thead>
            <tr>
              <th scope="col" className="map-name">{t('item.column')}</th>
              {weeks.map((w, i) => <th key={w} scope="col" title={w}>{newMonth(weeks, i) ? <span>{t('calendar.month', { m: Number(w.slice(5, 7)) })}<span className="skip">{w}</span></span> : <span className="skip">{w}</span>}</th>)}
              <th scope="col" className="num">{t('health.total')}</th>
            </tr>
          </thead>
          <tbody>
            {columns.map((c) => (
              <tr key={c.id}>
                <th scope="row" className="map-name" title={c.name}>{c.name}</th>
                {c.counts.map((n, i) => <Cell key={weeks[i]} column={c} from={weeks[i] ?? ''} to={lastDay(weeks[i] ?? '', today)} n={n} stale={c.stale_weeks.includes(i)} />)}
                <td className="num">{c.counts.reduce((a, b) => a + b, 0)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Legend />
    </>
  )
}

// The newest week is what one comes for; on a phone it stands at the far end.
const toTheEnd = (box: HTMLDivElement | null) => { if (box) box.scrollLeft = box.scrollWidth }

const newMonth = (weeks: string[], i: number) => i === 0 || weeks[i]?.slice(0, 7) !== weeks[i - 1]?.slice(0, 7)

function Cell({ column, from, to, n, stale }: { column: ColumnHealth; from: string; to: string; n: number; stale: boolean }) {
  const what = t('health.week_of', { column: column.name, from, to, n })
  const label = stale ? t('health.week_stale', { cell: what }) : what
  const look = `map-cell shade-${String(shade(n))}${stale ? ' map-stale' : ''}`
  return (
    <td>
      {n > 0
        ? <Link className={look} to="/publish/columns/$id" params={{ id: column.id }} search={{ from, to }} aria-label={label} title={label}>{n}</Link>
        : <span className={look} title={label}><span className="skip">{stale ? t('health.legend_stale') : '0'}</span></span>}
    </td>
  )
}

function Legend() {
  return (
    <p className="map-legend quiet">
      {t('health.legend_less')}
      {[0, 1, 2, 3, 4].map((s) => <Fragment key={s}> <span className={`map-cell shade-${String(s)}`} aria-hidden /></Fragment>)}
      {' '}{t('health.legend_more')}
      <span className="map-cell shade-0 map-stale" aria-hidden /> {t('health.legend_stale')}
    </p>
  )
}
