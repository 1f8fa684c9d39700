import type { HelpRef } from './pages'

/** Words that stand on screens and the place that explains each. */
export const TERMS = {
  adoption: 'inbox#adopt',
  audience: 'rounds#publish',
  checks: 'review#checks',
  hash: 'inbox#hash',
  hours: 'calendar#hours',
  journal: 'inbox#journals',
  levels: 'columns#levels',
  light: 'scores#lights',
  online: 'writing#online',
  receipt: 'inbox#receipt',
  relation: 'reporting#to',
  rule: 'schemes#rules',
  sample: 'scores#sample',
  sign: 'columns#sign',
  trend: 'scores#trend',
  waterfall: 'scores#waterfall',
  workday: 'calendar#workday',
} as const satisfies Record<string, HelpRef>

export type TermName = keyof typeof TERMS
