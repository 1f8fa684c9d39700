import dayjs, { type Dayjs } from 'dayjs'

const WRITTEN = /^(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))(?:[\sT]+(\d{1,2})[:时点](\d{1,2})分?)?$/

const AHEAD = 8 * 3_600_000 // there is one zone in the country, whatever the browser's is

/** Today in China, as the server writes a day. */
export const today = () => thisMinute().slice(0, 10)

/** This minute in China: 2026-11-22T09:30. */
export const thisMinute = () => new Date(Date.now() + AHEAD).toISOString().slice(0, 16)

/** This year in China. */
export const thisYear = () => Number(today().slice(0, 4))

/** The moment at which a day in China has a time: 2026-11-22 and 09:30. */
export const moment = (day: string, time: string) => new Date(`${day}T${time}+08:00`).toISOString()

/** The day so many days, months or years after a day. */
export const after = (day: string, n: number, unit: 'day' | 'month' | 'year') => dayjs(day).add(n, unit).format('YYYY-MM-DD')

/** The first and the last day of the month n months before this one, the last not after today. */
export function month(n: number): [Dayjs, Dayjs] {
  const now = dayjs(today())
  const first = now.startOf('month').subtract(n, 'month')
  return [first, n === 0 ? now : first.endOf('month')]
}

/**
 * The day somebody wrote, with the time if there is one: 2026-1-2, 2026/1/2, 2026.1.2, 20260102, 2026年1月2日 9:30;
 * full-width figures too. Undefined for what is no day, such as 2026-02-30.
 */
export function written(text: string): Dayjs | undefined {
  const m = WRITTEN.exec(text.normalize('NFKC').trim())
  if (!m) return undefined
  const [year, month, day, hour, minute] = [m[1], m[2] ?? m[4], m[3] ?? m[5], m[6], m[7]].map((n) => Number(n ?? 0)) as [number, number, number, number, number]
  const d = new Date(year, month - 1, day, hour, minute)
  return d.getMonth() === month - 1 && d.getDate() === day && d.getHours() === hour && d.getMinutes() === minute ? dayjs(d) : undefined
}
