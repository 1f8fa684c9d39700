import { Link } from '@tanstack/react-router'
import type { Light, RankingRow, Rule } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Term } from '@/ui/HelpLink'
import { rounded } from './decimal'

/** A colour with a shape and a word: it is never the colour alone that tells. */
export function Lamp({ light, label }: { light: Light; label: string }) {
  return <span className={`lamp lamp-${light.color}`} title={label}><i aria-hidden="true" />{t(`assess.light.${light.color}`)}</span>
}

/** Each unit by each rule against what is expected of it (UI8); a light opens what is behind it. */
export function Lights({ round, rows, rules }: { round: string; rows: RankingRow[]; rules: Rule[] }) {
  const columns: Col<RankingRow>[] = [
    { key: 'unit', title: t('assess.unit'), fixed: true, render: (r) => r.unit.name },
    ...rules.map((rule): Col<RankingRow> => ({
      key: `rule.${rule.code}`, title: heading(rule, rows), fixed: true,
      render: (r) => {
        const part = r.parts.find((p) => p.rule === rule.code)
        if (!part) return ''
        const value = part.basis === 'task' ? t('assess.count', { n: part.n }) : t('assess.points_of', { points: rounded(part.points) })
        return (
          <Link to="/assess/rounds/$id/units/$unit" params={{ id: round, unit: r.unit.id }} search={{ rule: rule.code }}>
            <Lamp light={part} label={`${rule.name} ${value}`} /> <span className="quiet">{value}</span>
          </Link>
        )
      },
    })),
  ]
  return (
    <section className="panel">
      <h2><Term of="light">{t('assess.lights')}</Term></h2>
      <p className="quiet">{t('assess.lights_rule')}</p>
      <DataTable id="lights" label={t('assess.lights')} columns={columns} rowKey={(r) => r.unit.id} paged={false}
        query={{ data: { items: rows }, isError: false } as never} />
    </section>
  )
}

// The rule, and what it is measured by.
function heading(rule: Rule, rows: RankingRow[]): string {
  const part = rows.flatMap((r) => r.parts).find((p) => p.rule === rule.code)
  if (!part) return rule.name
  return part.basis === 'task'
    ? t('assess.light.task', { rule: rule.name, n: part.against })
    : t('assess.light.median', { rule: rule.name, points: rounded(part.against) })
}
