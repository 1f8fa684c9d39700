import type { Plan, Rule } from '@/api/types'
import { type Key, t, tOr } from '@/i18n'

export type RuleType = Rule['type']

/** The types of rules, as they are offered. */
export const TYPES: RuleType[] = ['per_item', 'base_task', 'deduction', 'bonus', 'ratio', 'steps', 'deviation', 'grade', 'rank', 'formula', 'multiplier', 'category', 'veto']

type Field = keyof Rule

/** What each type says beside its code, name, heading and what it counts. */
export const FIELDS: Record<RuleType, Field[]> = {
  per_item: ['levels', 'highest_only', 'norm', 'cap'],
  base_task: ['task', 'every', 'base_points', 'shortfall', 'short_points', 'floor', 'bonus_points', 'bonus_cap', 'by_class', 'cap'],
  deduction: ['levels', 'base_points', 'floor', 'cap'],
  bonus: ['levels', 'highest_only', 'task', 'cap'],
  ratio: ['measure', 'target', 'base_points', 'most_ratio', 'factor', 'by_class', 'cap'],
  steps: ['measure', 'table', 'cap'],
  deviation: ['measure', 'target', 'base_points', 'step_percent', 'step_points', 'bonus_cap', 'down_cap', 'by_class', 'cap'],
  grade: ['base_points', 'grades', 'pick', 'cap'],
  rank: ['base_points', 'spread', 'table', 'fewest', 'levels', 'cap'],
  multiplier: ['factor', 'grades', 'of', 'by_class'],
  category: ['of'],
  formula: ['formula', 'target', 'base_points', 'by_class', 'floor', 'cap'],
  veto: ['effect', 'task'],
}

const empty = (v: unknown) => v === undefined || v === null || v === '' || v === false || (Array.isArray(v) && v.length === 0)

/** The rule with nothing but what its type means. */
export function tidy(r: Rule): Rule {
  const out: Record<string, unknown> = { code: r.code, name: r.name, type: r.type, deed_kind: r.type === 'category' ? '' : (r.deed_kind ?? '') }
  if (r.heading) out.heading = r.heading
  for (const f of FIELDS[r.type]) if (!empty(r[f])) out[f] = r[f]
  if (r.norm && !r.norm.method) delete out.norm
  if (r.type === 'per_item') out.highest_only = Boolean(r.highest_only)
  if (r.type === 'base_task') {
    out.base_points = r.base_points ?? '0'
    out.shortfall = r.shortfall ?? 'zero'
    if (out.shortfall !== 'deduct') { delete out.short_points; delete out.floor }
  }
  return out as unknown as Rule
}

/** The plan without what was left empty; undefined if nothing is left. */
export function tidyPlan(p: Plan | undefined, units: string[]): Plan {
  const members = (p?.members ?? []).filter((m) => units.includes(m.unit)).map((m) => pruned(m)).filter((m) => Object.keys(m).length > 1)
  return pruned({
    sum: p?.sum, headings: (p?.headings ?? []).map((h) => pruned(h)), classes: p?.classes ?? [], members,
    norm: p?.norm?.method ? pruned(p.norm) : undefined, grades: p?.grades ?? [],
  }) as Plan
}

function pruned<T extends object>(o: T): T {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => !empty(v))) as T
}

/** What a level is called. */
export const levelName = (level: string | undefined) => (level ? tOr(`journal.level.${level}`, tOr(`inspect.grade.${level}`, level)) : t('rule.any_level_short'))

/** The rule in plain sentences. names gives rules, headings and classes their names. */
export function sentences(r: Rule, names: (code: string) => string = (c) => c): string[] {
  const lines = [...SAY[r.type](r, names)]
  for (const c of r.by_class ?? []) lines.push(t('rule.say.by_class', { class: names(c.class), value: c.value }))
  if (r.cap) lines.push(t('rule.cap_text', { points: r.cap }))
  return lines
}

const n = (v: string | number | undefined | null) => v ?? 0
const figure = (r: Rule) => t(r.measure === 'figure' ? 'rule.say.figure' : 'rule.say.count')
const levels = (r: Rule, key: Key) => (r.levels ?? []).map((l) => t(key, { level: levelName(l.level), points: l.points }))
const of = (r: Rule, names: (c: string) => string) => ((r.of ?? []).length > 0 ? (r.of ?? []).map(names).join(t('app.comma')) : t('rule.say.everything'))
const grades = (r: Rule) => (r.grades ?? []).map((g) => t('rule.say.grade_factor', { grade: levelName(g.grade), factor: g.factor })).join(t('app.comma'))

const SAY: Record<RuleType, (r: Rule, names: (c: string) => string) => string[]> = {
  per_item: (r) => [
    ...levels(r, 'rule.say.item'), t(r.highest_only ? 'rule.say.highest' : 'rule.say.cumulative'),
    ...(r.norm?.method ? [t('rule.say.norm', { how: t(`norm.${r.norm.method}`), points: r.norm.weight ?? '100' })] : []),
  ],
  base_task: (r) => [
    t(r.every && r.every !== 'year' ? 'rule.say.task_every' : 'rule.say.task', { every: t(`rule.every.${r.every ?? 'year'}`), n: n(r.task), points: n(r.base_points) }),
    r.shortfall === 'deduct' ? t('rule.say.short', { points: n(r.short_points), floor: r.floor ?? '0' }) : t(`rule.say.shortfall_${r.shortfall ?? 'zero'}`),
    ...(r.bonus_points ? [t(r.bonus_cap ? 'rule.bonus_capped_text' : 'rule.bonus_text', { points: r.bonus_points, cap: n(r.bonus_cap) })] : []),
  ],
  deduction: (r) => [
    ...(r.base_points ? [t('rule.say.base', { points: r.base_points })] : []), ...levels(r, 'rule.say.minus'),
    r.floor ? t('rule.say.floor', { points: r.floor }) : t(r.base_points ? 'rule.say.floor_zero' : 'rule.say.no_floor'),
  ],
  bonus: (r) => [...(r.task ? [t('rule.say.over', { n: r.task })] : []), ...levels(r, 'rule.say.plus')],
  ratio: (r) => [
    t('rule.say.ratio', { what: figure(r), target: n(r.target), points: n(r.base_points), most: r.most_ratio ?? '1' }),
    ...(r.factor ? [t('rule.say.missed', { factor: r.factor })] : []),
  ],
  steps: (r) => [...(r.table ?? [])].sort((a, b) => Number(b.at_least) - Number(a.at_least)).map((s) => t('rule.say.step', { what: figure(r), n: s.at_least, points: s.points })),
  deviation: (r) => [
    t('rule.say.deviation', { what: figure(r), target: n(r.target), points: n(r.base_points) }),
    t('rule.say.deviation_step', { percent: n(r.step_percent), points: n(r.step_points), up: r.bonus_cap ?? t('rule.no_cap'), down: r.down_cap ?? r.base_points ?? '0' }),
  ],
  grade: (r) => [t('rule.say.grade', { points: n(r.base_points), grades: grades(r), pick: t(`rule.pick.${r.pick ?? 'latest'}`) })],
  rank: (r) => [
    t(r.fewest ? 'rule.say.rank_fewest' : 'rule.say.rank', { how: (r.levels ?? []).length > 0 ? levels(r, 'rule.say.item').join(t('app.comma')) : t('rule.say.count') }),
    ...((r.table ?? []).length > 0 ? (r.table ?? []).map((s) => t('rule.say.place', { n: s.at_least, points: s.points }))
      : [t('rule.say.places', { points: n(r.base_points), last: percentOff(r.spread) })]),
  ],
  multiplier: (r, names) => [t('rule.say.multiplier', { of: of(r, names), factor: (r.grades ?? []).length > 0 ? grades(r) : n(r.factor) })],
  formula: (r) => [
    t('rule.say.formula', { formula: r.formula ?? '' }),
    ...(r.target ? [t('rule.say.formula_target', { n: r.target })] : []), ...(r.base_points ? [t('rule.say.formula_base', { points: r.base_points })] : []),
    ...(r.floor ? [t('rule.say.formula_floor', { points: r.floor })] : []),
  ],
  category: (r, names) => [t('rule.say.category', { of: of(r, names) })],
  veto: (r) => [t('rule.say.veto', { n: r.task && r.task > 1 ? r.task : 1, effect: t(`rule.effect.${r.effect ?? 'fail'}`) })],
}

const percentOff = (spread: string | undefined) => String(Math.round((1 - Number(spread ?? 0)) * 10000) / 100)

/** Names for codes of rules, headings and classes. */
export function namesOf(rules: Rule[] | undefined, plan: Plan | undefined): (code: string) => string {
  const all = new Map<string, string>()
  for (const x of [...(rules ?? []), ...(plan?.headings ?? []), ...(plan?.classes ?? [])]) if (x?.code) all.set(x.code, x.name)
  return (code) => all.get(code) ?? (code === '_events' ? t('adjust.events') : tOr(`assess.code.${code}`, code))
}
