// What an entry says of its act, in words: keys, ids, times and codes as people read them.
import type { Key } from '@/i18n'
import { has, t, tOr } from '@/i18n'
import { dateTime, shortHash } from '@/ui/format'
import { permissionName } from '@/features/org/permissions'

const ID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d/
const DIGEST = /^[0-9a-f]{32,}$/
const CODE = /^[a-z][a-z_]*$/

/** The names of the ids an entry mentions, as far as they are known. */
export type Names = ReadonlyMap<string, string>

/** One value of an entry: text, what it was before it was put into words, and the members of a list or a thing. */
export interface Said { text?: string; raw?: string; list?: Said[]; thing?: { label: string; said: Said }[] }

/** What a key of an entry's detail is called; one that nobody has worded stands as it is. */
export function keyText(key: string): string { return tOr(`audit.detail.${key}`, tOr(`field.${key}`, key)) }

/** Whether anything was recorded at all. */
const NOBODY = '00000000-0000-0000-0000-000000000000'
export const empty = (v: unknown): boolean =>
  v === NOBODY || v === null || v === undefined || v === '' || (Array.isArray(v) ? v.length === 0 : typeof v === 'object' && Object.keys(v).length === 0)

/** A value under a key, in words. */
export function saidOf(key: string, v: unknown, names: Names): Said {
  if (Array.isArray(v)) return { list: v.map((x) => saidOf(key, x, names)) }
  if (typeof v === 'object' && v !== null) {
    return { thing: Object.entries(v).filter(([, x]) => !empty(x)).map(([k, x]) => ({ label: keyText(k), said: saidOf(k, x, names) })) }
  }
  if (typeof v === 'boolean') return { text: t(v ? 'audit.yes' : 'audit.no') }
  if (typeof v !== 'string') return { text: String(v) }
  return textOf(key, v, names)
}

function textOf(key: string, v: string, names: Names): Said {
  if (ID.test(v)) return { text: names.get(v) ?? `…${v.slice(-6)}`, raw: v }
  if (TIME.test(v)) return { text: dateTime(v), raw: v }
  if (DIGEST.test(v)) return { text: shortHash(v), raw: v }
  if (key.startsWith('permission')) return { text: permissionName(v), raw: v }
  if (key === 'fields') return { text: keyText(v), raw: v }
  const words = CODE.test(v) ? [`audit.value.${key}.${v}`, `audit.value.${v}`].find((k) => has(k)) : undefined
  return words ? { text: t(words as Key), raw: v } : { text: v }
}
