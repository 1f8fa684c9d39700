import type { Entry } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { rounded } from './decimal'
import './print.css'

interface Props {
  scheme: string
  round: { name: string; from: string; to: string }
  unit: string
  rank?: { rank: number; units: number } | undefined
  total: string
  entries: Entry[]
  computed?: string | null
}

/** A unit's score as an office files it: only on paper (UI9). */
export function ScoreSheet({ scheme, round, unit, rank, total, entries, computed }: Props) {
  return (
    <article className="score-sheet" aria-hidden="true">
      <h1>{t('sheet.title', { scheme })}</h1>
      <table className="score-head">
        <tbody>
          <tr><th>{t('assess.unit')}</th><td>{unit}</td><th>{t('assess.round')}</th><td>{round.name}</td></tr>
          <tr><th>{t('assess.period')}</th><td>{t('sheet.period', { from: round.from, to: round.to })}</td><th>{t('assess.rank')}</th><td>{rank ? t('assess.rank_of', { rank: rank.rank, n: rank.units }) : t('sheet.no_rank')}</td></tr>
        </tbody>
      </table>
      <table className="score-lines">
        <thead>
          <tr><th>{t('sheet.no')}</th><th>{t('assess.rule')}</th><th>{t('assess.formula')}</th><th className="num">{t('assess.n')}</th><th className="num">{t('assess.points_before')}</th><th className="num">{t('assess.points')}</th></tr>
        </thead>
        <tbody>
          {entries.map((e, i) => (
            <tr key={e.id}><td className="num">{i + 1}</td><td>{e.rule_name}</td><td>{e.formula}</td><td className="num">{e.n}</td><td className="num">{rounded(e.points_before)}</td><td className="num">{rounded(e.points)}</td></tr>
          ))}
          <tr className="score-total"><td colSpan={5}>{t('assess.total')}</td><td className="num">{total}</td></tr>
        </tbody>
      </table>
      <p className="score-note">{computed ? t('sheet.note', { computed: dateTime(computed), printed: dateTime(new Date().toISOString()) }) : t('sheet.printed', { printed: dateTime(new Date().toISOString()) })}</p>
      <div className="score-signs">
        {(['maker', 'checker', 'chief', 'date'] as const).map((who) => <div key={who}>{t(`sheet.${who}`)}<span /></div>)}
      </div>
    </article>
  )
}
