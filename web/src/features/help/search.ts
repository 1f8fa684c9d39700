import type { Outline } from '@/help/outline'
import type { HelpPage } from '@/help/pages'

/** The guides that speak of every word of q, with the headings that do; all of them when there is no q. */
export function matching(all: Map<HelpPage, Outline>, q: string): Map<HelpPage, Outline> {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const has = (text: string) => words.every((w) => text.toLowerCase().includes(w))
  return new Map([...all].flatMap(([page, o]) => {
    const heads = o.heads.filter((h) => has(h.text))
    const whole = has([o.title, o.lead, ...o.heads.map((h) => h.text)].join(' '))
    return whole ? [[page, { ...o, heads }] as const] : []
  }))
}
