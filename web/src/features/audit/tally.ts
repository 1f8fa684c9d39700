import type { Search } from '@/ui/useAddress'

/** What records may be counted by. */
export const BY = ['action', 'person', 'day', 'address'] as const
export type By = (typeof BY)[number]

/** The filter that opens exactly the records a line counts: those of the system and of no address, too. */
export function narrow(by: By, key: string): Search {
  if (by === 'action') return { action: key }
  if (by === 'person') return key ? { member: key } : { who: 'system' }
  if (by === 'day') return { from: key, to: key }
  return { ip: key || 'none' }
}
