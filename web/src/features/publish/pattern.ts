// What a pattern of columns says, in words, and what can be chosen of it (R025).
import type { PatternChoice, PatternColumn, PatternStep } from '@/api/types'
import { t } from '@/i18n'
import { treeOf } from '@/ui/tree'
import { kindsText } from './RuleFields'

export type Take = PatternChoice['take']
export type Field = PatternStep['differs'][number]
/** What was chosen, by the issuer's column; what is not there is not decided. */
export type Chosen = Partial<Record<string, Take>>

const OPTIONS: Record<PatternStep['state'], Take[]> = { new: ['make', 'keep'], left: ['make'], differs: ['take', 'keep'], own: ['take'], same: [], ended: [] }

/** Whether the column stands here after what was chosen: below it others may be made. */
function stands(step: PatternStep | undefined, chosen: Chosen): boolean {
  if (!step) return true
  return step.state !== 'ended' && (step.ours !== null || chosen[step.theirs.key] === 'make')
}

/** What can be chosen for a column: none is made below one that is not here. */
export function options(step: PatternStep, steps: Map<string, PatternStep>, chosen: Chosen): Take[] {
  const above = step.theirs.parent_key ? steps.get(step.theirs.parent_key) : undefined
  return OPTIONS[step.state].filter((o) => o !== 'make' || stands(above, chosen))
}

/** What is proposed: to make what nobody decided on yet, and to leave alone whatever is here. */
export function proposed(steps: PatternStep[]): Chosen {
  const byKey = keyed(steps)
  const chosen: Chosen = {}
  for (const s of steps) if (s.state === 'new' && options(s, byKey, chosen).includes('make')) chosen[s.theirs.key] = 'make'
  return chosen
}

/** The choices that can still be made, those above before those below. */
export function settled(steps: PatternStep[], chosen: Chosen): Chosen {
  const byKey = keyed(steps)
  const kept: Chosen = {}
  for (const s of steps) {
    const take = chosen[s.theirs.key]
    if (take && options(s, byKey, kept).includes(take)) kept[s.theirs.key] = take
  }
  return kept
}

export const keyed = (steps: PatternStep[]) => new Map(steps.map((s) => [s.theirs.key, s]))

/** What the server takes: of a column that is here, also the version that was read. */
export function choicesOf(steps: PatternStep[], chosen: Chosen): PatternChoice[] {
  return steps.flatMap((s) => {
    const take = chosen[s.theirs.key]
    return take ? [{ key: s.theirs.key, take, ...(take === 'take' && s.ours ? { version: s.ours.version } : {}) }] : []
  })
}

export function fieldName(f: Field): string {
  switch (f) {
    case 'name': return t('app.name_label')
    case 'review_levels': return t('column.levels')
    case 'max_interval_days': return t('column.interval')
    case 'kind': return t('pattern.kind')
    default: return t(`column.${f}`)
  }
}

/** What a column says of a field. */
export function fieldText(f: Field, c: PatternColumn, parent: string): string {
  switch (f) {
    case 'name': return c.name
    case 'parent': return parent || t('apply.top')
    case 'kind': return c.kind === 'general' ? t('pattern.general') : t(`item.kind.${c.kind}`)
    case 'purpose': return c.purpose || t('pattern.blank')
    case 'review_levels': return String(c.review_levels)
    case 'max_interval_days': return intervalOf(c.max_interval_days)
    case 'kinds': return c.kinds.length ? kindsText(c.kinds) : t('column.rule_as_above')
    case 'named_from': return c.named_from ? t('column.named_since', { day: c.named_from }) : t('column.rule_as_above')
    default: return c[f] === null ? t('column.rule_as_above') : t(c[f] ? 'column.rule_on' : 'column.rule_off')
  }
}

function intervalOf(days: number | null): string {
  if (days === null) return t('column.interval_inherit')
  return days === 0 ? t('column.interval_none') : t('column.interval_days', { n: days })
}

const SET: Field[] = ['max_interval_days', 'kinds', 'sign', 'named_from', 'comments', 'receipts', 'all_staff', 'purpose']

/** What a column of a pattern sets itself, in a line. */
export function ruleLine(c: PatternColumn): string {
  const said = SET.filter((f) => { const v = c[f as keyof PatternColumn]; return v !== null && v !== '' && !(Array.isArray(v) && v.length === 0) })
  return [t('pattern.levels', { n: c.review_levels }), ...said.map((f) => t('pattern.says', { field: fieldName(f), value: fieldText(f, c, '') }))].join(t('pattern.semicolon'))
}

/** The steps in the order of the tree, each column before those below it; what ended stands last. */
export function inOrder(steps: PatternStep[]): PatternStep[] {
  const there = steps.filter((s) => s.state !== 'ended').map((s) => ({ s, id: s.theirs.key, parent_id: s.theirs.parent_key, sort: s.theirs.sort }))
  const walk = (nodes: ReturnType<typeof treeOf<(typeof there)[number]>>): PatternStep[] => nodes.flatMap((n) => [n.row.s, ...walk(n.children)])
  return [...walk(treeOf(there)), ...steps.filter((s) => s.state === 'ended')]
}

/** How deep a column of a pattern stands. */
export function depthOf(c: PatternColumn, parents: Map<string, PatternColumn>): number {
  const up = c.parent_key ? parents.get(c.parent_key) : undefined
  return up ? depthOf(up, parents) + 1 : 0
}
