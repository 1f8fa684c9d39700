// What a guide is about, read from its Markdown. The build uses it too, so that
// the list of guides needs none of their texts.

export interface Head { at: string; text: string }
export interface Outline { page: string; title: string; lead: string; heads: Head[] }

const HEAD = /^## (.+?) \{#([a-z][a-z-]*)\}$/

/** The name and the place of a heading `Text {#place}`. */
export function head(text: string): { text: string; at?: string } {
  const m = /^(.*?)\s*\{#([a-z][a-z-]*)\}\s*$/.exec(text)
  return m?.[1] !== undefined && m[2] ? { text: m[1], at: m[2] } : { text }
}

/** Title, first sentence and headings of a guide. */
export function outline(page: string, markdown: string): Outline {
  const lines = markdown.split('\n')
  const title = lines[0]?.startsWith('# ') ? lines[0].slice(2).trim() : ''
  const lead = lines.slice(1).find((l) => l.trim() !== '' && !l.startsWith('#')) ?? ''
  const heads = lines.flatMap((l) => {
    const m = HEAD.exec(l)
    return m?.[1] && m[2] ? [{ text: m[1], at: m[2] }] : []
  })
  return { page, title, lead: lead.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/[*`]/g, ''), heads }
}
