// How long a column may go without news: what it says itself, and what that comes to.
import type { Column } from '@/api/types'
import { t } from '@/i18n'

/** What the server takes for "as the column above" and for "no rule". */
export const INHERITED = -1
export const NO_RULE = 0

export type Rule = 'inherit' | 'own' | 'none'

export function ruleOf(c: Partial<Column> | undefined): Rule {
  if (c?.max_interval_days === undefined || c.max_interval_days === null) return 'inherit'
  return c.max_interval_days === NO_RULE ? 'none' : 'own'
}

export function intervalText(c: Column): string {
  if (c.interval_days === null) return t('column.interval_none')
  return ruleOf(c) === 'inherit' ? t('column.interval_inherit_days', { n: c.interval_days }) : t('column.interval_days', { n: c.interval_days })
}
