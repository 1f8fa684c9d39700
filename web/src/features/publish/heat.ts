// How the heat map reads numbers and weeks.

/** How dark a week is: 0 for nothing to 4 for eight items or more. */
export function shade(n: number): 0 | 1 | 2 | 3 | 4 {
  if (n <= 0) return 0
  if (n === 1) return 1
  if (n <= 3) return 2
  return n <= 7 ? 3 : 4
}

/** The last day of the week that begins on monday, but not after today; all as YYYY-MM-DD. */
export function lastDay(monday: string, today: string): string {
  const d = new Date(`${monday}T00:00:00Z`)
  d.setUTCDate(d.getUTCDate() + 6)
  const sunday = d.toISOString().slice(0, 10)
  return sunday < today ? sunday : today
}
