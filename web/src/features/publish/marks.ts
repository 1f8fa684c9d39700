import type { Mark } from '@/api/types'

/** A text in pieces, those that were looked for marked. Marks count characters as people do, not as JavaScript does. */
export function pieces(text: string, marks: Mark[]): { text: string; marked: boolean }[] {
  const all = Array.from(text)
  const out: { text: string; marked: boolean }[] = []
  let at = 0
  const add = (to: number, marked: boolean) => {
    if (to > at) out.push({ text: all.slice(at, to).join(''), marked })
    at = Math.max(at, to)
  }
  for (const m of marks) {
    add(m.from, false)
    add(m.to, true)
  }
  add(all.length, false)
  return out
}
