import type { Entry } from '@/api/types'
import { format, parse, rounded, toNumber } from './decimal'

/** One bar of the waterfall: it leads from one running sum to the next. */
export interface Bar {
  kind: 'plus' | 'minus' | 'cap' | 'total'
  rule: string
  /** The entry behind the bar; the total has none. */
  entry?: string
  from: number
  to: number
  /** The step as text, with its sign. */
  step: string
}

/** How the entries add up to the total (UI8). What a cap took away is a bar of its own. */
export function waterfall(entries: Pick<Entry, 'id' | 'rule_name' | 'points' | 'points_before'>[]): Bar[] {
  const bars: Bar[] = []
  let sum = 0n
  const step = (kind: Bar['kind'], e: (typeof entries)[number], by: bigint) => {
    if (by === 0n && kind === 'cap') return
    bars.push({ kind, rule: e.rule_name, entry: e.id, from: toNumber(sum), to: toNumber(sum + by), step: `${by > 0n ? '+' : ''}${rounded(format(by))}` })
    sum += by
  }
  for (const e of entries) {
    const before = parse(e.points_before)
    step(before < 0n ? 'minus' : 'plus', e, before)
    step('cap', e, parse(e.points) - before)
  }
  bars.push({ kind: 'total', rule: '', from: 0, to: toNumber(sum), step: rounded(format(sum)) })
  return bars
}

/** A bar from a to b as what ECharts stacks: an invisible base, the part above zero and the part below. */
export function stacked(a: number, b: number): { base: number; above: number; below: number } {
  const low = Math.min(a, b)
  const high = Math.max(a, b)
  return {
    base: low > 0 ? low : high < 0 ? high : 0,
    above: Math.max(high, 0) - Math.max(low, 0),
    below: Math.min(low, 0) - Math.min(high, 0),
  }
}
