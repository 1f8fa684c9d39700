import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { marked, type Token } from 'marked'
import { describe, expect, it } from 'vitest'
import { outline } from './outline'
import { GUIDES, helpRoot, isGuide, parts } from './pages'
import { TERMS } from './terms'

const SRC = join(import.meta.dirname, '..')
const LOCALES = ['zh-CN', 'en'] as const
const PAGES = Object.values(GUIDES).flat()
const text = (locale: string, page: string) => readFileSync(join(import.meta.dirname, locale, `${page}.md`), 'utf8')
const files = (dir: string): string[] => readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
  e.isDirectory() ? files(join(dir, e.name)) : /\.tsx?$/.test(e.name) && !e.name.endsWith('.test.ts') ? [join(dir, e.name)] : [])
const sources = files(SRC).map((name) => ({ name, code: readFileSync(name, 'utf8') }))

const places = Object.fromEntries(LOCALES.map((l) => [l, new Map(PAGES.map((p) => [p as string, new Set(outline(p, text(l, p)).heads.map((h) => h.at))]))]))

// Where a reference leads nowhere.
function dangling(ref: string): string[] {
  const { page, at } = parts(ref)
  return LOCALES.filter((l) => {
    const known = places[l]?.get(page)
    return !known || (at !== undefined && !known.has(at))
  }).map((l) => `${l}: ${ref}`)
}

const walk = (tokens: Token[]): Token[] => tokens.flatMap((x) => [
  x, ...walk(('tokens' in x && x.tokens) || []),
  ...(x.type === 'list' ? walk((x.items as { tokens: Token[] }[]).flatMap((i) => i.tokens)) : []),
  ...(x.type === 'table' ? walk([...(x.header as { tokens: Token[] }[]), ...(x.rows as { tokens: Token[] }[][]).flat()].flatMap((c) => c.tokens)) : []),
])

describe('the guides (UI13, R330)', () => {
  it.each(LOCALES)('are those that are listed, in %s', (l) => {
    expect(readdirSync(join(import.meta.dirname, l)).sort()).toEqual(PAGES.map((p) => `${p}.md`).sort())
  })

  it.each(PAGES)('%s has a title, a first sentence and the same places in both languages', (p) => {
    const [zh, en] = LOCALES.map((l) => outline(p, text(l, p)))
    expect(zh?.title).not.toBe('')
    expect(en?.title).not.toBe('')
    expect(zh?.lead).not.toBe('')
    expect(en?.heads.map((h) => h.at)).toEqual(zh?.heads.map((h) => h.at))
    for (const l of LOCALES) {
      const heads = text(l, p).split('\n').filter((line) => line.startsWith('## '))
      expect(outline(p, text(l, p)).heads, `every heading in ${l} has a place`).toHaveLength(heads.length)
      expect(new Set(heads).size).toBe(heads.length)
    }
  })

  it.each(PAGES)('%s has links that lead to guides, no HTML, and nothing the page cannot show', (p) => {
    const shown = new Set(['heading', 'paragraph', 'text', 'list', 'table', 'blockquote', 'space', 'strong', 'em', 'codespan', 'link', 'br', 'escape'])
    for (const l of LOCALES) {
      const tokens = walk(marked.lexer(text(l, p)))
      expect(tokens.filter((x) => !shown.has(x.type) && x.type !== 'list_item').map((x) => x.raw)).toEqual([])
      expect(tokens.filter((x) => x.type === 'link').flatMap((x) => dangling('href' in x ? String(x.href) : ''))).toEqual([])
    }
  })

  it.each(PAGES)('%s leaves a line free wherever one kind of block ends', (p) => {
    const kind = (line = '') => (line.startsWith('#') ? 'head' : line.startsWith('|') ? 'table' : /^(- |\d+\. )/.test(line) ? 'list' : line.trim() === '' ? '' : 'text')
    for (const l of LOCALES) {
      const lines = text(l, p).split('\n')
      expect(lines.filter((line, i) => kind(line) && kind(lines[i + 1]) && kind(line) !== kind(lines[i + 1]))).toEqual([])
    }
  })

  it('in Chinese have full-width punctuation', () => {
    const half = PAGES.flatMap((p) => text('zh-CN', p).split('\n').filter((line) => /[\u4e00-\u9fff][,:;?!()]|[,;!(][\u4e00-\u9fff]/.test(line.replace(/\]\([^)]*\)/g, ']'))))
    expect(half).toEqual([])
  })
})

describe('every ? in the screens (UI13)', () => {
  it('leads to a place that there is in both languages', () => {
    const refs = sources.flatMap(({ code }) => [
      ...[...code.matchAll(/\b(?:help|to|start)="([a-z-]+(?:#[a-z-]+)?)"/g)].map((m) => m[1] ?? ''),
      ...[...code.matchAll(/<HelpLink page="([a-z-]+)"(?: at="([a-z-]+)")?/g)].map((m) => (m[2] ? `${m[1]}#${m[2]}` : (m[1] ?? ''))),
    ])
    expect(refs.length).toBeGreaterThan(30)
    expect([...refs, ...Object.values(TERMS)].flatMap(dangling)).toEqual([])
  })

  it('of a term is used somewhere', () => {
    const used = new Set(sources.flatMap(({ code }) => [...code.matchAll(/<(?:Term|WithTerm) of="([a-z_]+)"/g)].map((m) => m[1])))
    expect(Object.keys(TERMS).filter((k) => !used.has(k))).toEqual([])
  })

  it('stands on every screen there is a route to', () => {
    const routes = readFileSync(join(SRC, 'app/router.tsx'), 'utf8')
    const screens = [...routes.matchAll(/(?:page|early)\(\w+, '([^']+)', \(\) => import\('@\/([^']+)'\)/g)]
    expect(screens.length).toBeGreaterThan(40)
    const bare = screens.filter(([, path, file]) => !path?.includes('help') && !/<(?:Page|GateCard)\b[^>]*\bhelp="/.test(readFileSync(join(SRC, `${file}.tsx`), 'utf8')))
    expect(bare.map(([, path]) => path)).toEqual([])
  })
})

describe('a guide\'s address', () => {
  it.each([
    ['/', '/help'], ['/approval/tasks/1', '/help'], ['/assess', '/assess/help'], ['/assess/rounds/1', '/assess/help'],
    ['/assessment', '/help'], ['/console/groups', '/console/help'],
  ])('from %s is under %s', (path, root) => { expect(helpRoot(path)).toBe(root) })

  it('is that of a guide there is', () => {
    expect(isGuide('writing')).toBe(true)
    expect(isGuide('constructor')).toBe(false)
    expect(parts('writing#online')).toEqual({ page: 'writing', at: 'online' })
  })
})
