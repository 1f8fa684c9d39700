// Text by key. Chinese is the source; every other locale has the same keys.
import zh from './zh-CN.json'

export type Key = keyof typeof zh
export type Locale = 'zh-CN' | 'en'
export type Params = Record<string, string | number>

const STORE = 'hetu.locale'
let locale: Locale = 'zh-CN'
let texts: Record<string, string> = zh
const listeners = new Set<() => void>()

/** Whether the current locale speaks of key. */
export function has(key: string): key is Key { return key in texts }

/** The text of key with {name} places filled; a place without a value stays empty. */
export function t(key: Key, params: Params = {}): string {
  return (texts[key] ?? key).replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}

/** The text of a key made from data, or fallback where nobody wrote one. */
export function tOr(key: string, fallback: string, params?: Params): string {
  return has(key) ? t(key, params) : fallback
}

export function currentLocale(): Locale { return locale }

/** Tells f of every change of locale; for useSyncExternalStore. */
export function onLocale(f: () => void): () => void {
  listeners.add(f)
  return () => { listeners.delete(f) }
}

/** Loads and shows a locale and remembers it in this browser. */
export async function setLocale(next: Locale): Promise<void> {
  texts = next === 'en' ? (await import('./en.json')).default : zh
  locale = next
  document.documentElement.lang = next
  localStorage.setItem(STORE, next)
  listeners.forEach((f) => { f() })
}

/** The locale chosen in this browser before; Chinese if none was. */
export function rememberedLocale(): Locale {
  return localStorage.getItem(STORE) === 'en' ? 'en' : 'zh-CN'
}
