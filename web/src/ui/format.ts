// How dates, durations, sizes and hashes are written.
import { t } from '@/i18n'

const two = (n: number) => String(n).padStart(2, '0')

/** 2026-11-22; empty for nothing. */
export function day(time: string | null | undefined): string {
  if (!time) return ''
  const d = new Date(time)
  return Number.isNaN(d.getTime()) ? '' : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`
}

/** 2026-11-22 09:30 in the browser's zone; empty for nothing. */
export function dateTime(time: string | null | undefined): string {
  if (!time) return ''
  const d = new Date(time)
  return Number.isNaN(d.getTime()) ? '' : `${day(time)} ${two(d.getHours())}:${two(d.getMinutes())}`
}

/** Working minutes as hours and minutes, without sign. */
export function duration(minutes: number): string {
  const m = Math.abs(Math.round(minutes))
  const h = Math.floor(m / 60)
  if (h === 0) return t('format.minutes', { m })
  return m % 60 === 0 ? t('format.hours', { h }) : t('format.hours_minutes', { h, m: m % 60 })
}

/** How much working time is left or by how much it is over; empty without a deadline. */
export function timeLeft(minutes: number | null | undefined): string {
  if (minutes === null || minutes === undefined) return ''
  return t(minutes < 0 ? 'format.over' : 'format.left', { time: duration(minutes) })
}

/** 512 B, 1.5 KB, 12 MB. */
export function bytes(n: number): string {
  const units = ['B', 'KB', 'MB', 'GB']
  let i = 0
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024
  return `${i === 0 || n >= 10 ? Math.round(n) : n.toFixed(1)} ${units[i]}`
}

/** The first and last characters of a hash, enough to compare by eye. */
export function shortHash(hash: string): string {
  return hash.length <= 16 ? hash : `${hash.slice(0, 8)}…${hash.slice(-8)}`
}
