import dayjs, { type Dayjs } from 'dayjs'

const WRITTEN = /^(\d{4})(?:\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{2})(\d{2}))(?:[\sT]+(\d{1,2})[:时点](\d{1,2})分?)?$/

/** Today as the server writes a day. */
export const today = () => dayjs().format('YYYY-MM-DD')

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
