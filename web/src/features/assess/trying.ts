// What is asked of a trial, and how a field is typed into one.
import type { Search } from '@/ui/useAddress'

/** What the address asks for; undefined until it says for which days. */
export function askedOf(s: Search): Record<string, string | number> | undefined {
  if (!s.round && !(s.from && s.to)) return undefined
  const out: Record<string, string | number> = {}
  for (const k of ['from', 'to', 'round', 'with', 'code', 'field', 'value'] as const) if (s[k]) out[k] = s[k]
  for (const k of ['version', 'with_version'] as const) if (s[k]) out[k] = Number(s[k])
  return out
}

/** What a trial may lie beside. */
export const BESIDE = ['none', 'round', 'version', 'scheme', 'change'] as const

/** What the address lays beside; a round, until it says for which days. */
export function besideOf(s: Search): (typeof BESIDE)[number] {
  if (s.round || (!s.from && !s.code)) return 'round'
  if (s.code) return 'change'
  if (s.with_version) return 'version'
  return s.with ? 'scheme' : 'none'
}

/** A field as it would be typed: lists as a name, an equals sign and what it brings. */
export function textOf(of: Record<string, unknown> | undefined, field: string): string {
  const v = of?.[field]
  if (Array.isArray(v)) {
    return (v as Record<string, string>[]).map((x) => `${x.level ?? x.at_least ?? x.grade ?? ''}=${x.points ?? x.factor ?? ''}`).join('；')
  }
  return typeof v === 'string' || typeof v === 'number' ? String(v) : ''
}
