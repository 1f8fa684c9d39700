import type { Locale } from '@/i18n'
import type { Outline } from './outline'
import { GUIDES, type HelpPage } from './pages'

const files = import.meta.glob<string>('./{zh-CN,en}/*.md', { query: '?raw', import: 'default' })
const lists: Record<Locale, () => Promise<{ default: Outline[] }>> = {
  'zh-CN': () => import('virtual:guides/zh-CN'),
  en: () => import('virtual:guides/en'),
}

/** The text of a guide. */
export async function guide(locale: Locale, page: HelpPage): Promise<string> {
  const load = files[`./${locale}/${page}.md`]
  if (!load) throw new Error(`there is no guide ${page} in ${locale}`)
  return load()
}

/** What each guide is about, in the order of GUIDES. */
export async function outlines(locale: Locale): Promise<Map<HelpPage, Outline>> {
  const all = new Map((await lists[locale]()).default.map((o) => [o.page, o]))
  return new Map(Object.values(GUIDES).flat().flatMap((p) => {
    const o = all.get(p)
    return o ? [[p, o] as const] : []
  }))
}
