import type { CalendarDay } from '@/api/types'

/** One day of the year: free or working, and whether it is an exception to its weekday. */
export interface Cell { date: string; day: number; off: boolean; special: boolean; name: string }

/** The weeks of a month (0 = January), Monday first; days of other months are undefined. */
export function monthOf(year: number, month: number, special: Map<string, CalendarDay>): (Cell | undefined)[][] {
  const weeks: (Cell | undefined)[][] = []
  const count = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  for (let day = 1; day <= count; day++) {
    const at = new Date(Date.UTC(year, month, day))
    const weekday = (at.getUTCDay() + 6) % 7
    const date = at.toISOString().slice(0, 10)
    const s = special.get(date)
    if (day === 1 || weekday === 0) weeks.push(Array.from({ length: 7 }))
    const week = weeks.at(-1)
    if (week) week[weekday] = { date, day, off: s ? s.off : weekday >= 5, special: Boolean(s), name: s?.name ?? '' }
  }
  return weeks
}
