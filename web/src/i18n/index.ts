// Text by key. Chinese is the source; every other locale has the same keys.
import type zh from './zh-CN.json'

export type Key = keyof typeof zh
export type Locale = 'zh-CN' | 'en'
export type Params = Record<string, string | number>
type Texts = Record<string, string>

const STORE = 'hetu.locale'
const PARTS = {
  'zh-CN': { desk: () => import('./zh-CN.json?desk'), rest: () => import('./zh-CN.json?rest') },
  en: { desk: () => import('./en.json?desk'), rest: () => import('./en.json?rest') },
}
let locale: Locale = 'zh-CN'
let texts: Texts = {}
let rest: Promise<void> | undefined
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

/** Speaks a locale with the texts given. */
export function speak(next: Locale, all: Texts) {
  texts = all
  locale = next
  rest = Promise.resolve()
}

/** Loads what the desktop page says in the locale remembered; withTexts brings the rest. */
export async function start(): Promise<void> {
  locale = localStorage.getItem(STORE) === 'en' ? 'en' : 'zh-CN'
  document.documentElement.lang = locale
  texts = (await PARTS[locale].desk()).default
}

/** What a page is made of, once all texts of the locale are there too. */
export async function withTexts<T>(page: Promise<T>): Promise<T> {
  rest ??= complete().catch((err: unknown) => {
    rest = undefined // asked for again with the next page
    throw err
  })
  const [made] = await Promise.all([page, rest])
  return made
}

async function complete() {
  const here = locale
  const [more, dates] = await Promise.all([PARTS[here].rest(), import('./dates')])
  if (here !== locale) return
  texts = { ...texts, ...more.default }
  dates.speakDates(here)
}

/** Loads and shows a locale and remembers it in this browser. */
export async function setLocale(next: Locale): Promise<void> {
  const [desk, more, dates] = await Promise.all([PARTS[next].desk(), PARTS[next].rest(), import('./dates')])
  dates.speakDates(next)
  speak(next, { ...desk.default, ...more.default })
  document.documentElement.lang = next
  localStorage.setItem(STORE, next)
  listeners.forEach((f) => { f() })
}
