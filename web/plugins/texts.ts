import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { DESK } from '../src/i18n/desk.ts'
import { outline } from '../src/help/outline.ts'

const GUIDES = join(import.meta.dirname, '../src/help')

/**
 * Texts in portions: `zh-CN.json?desk` is what the desktop page says, `?rest` everything else (UI11);
 * `virtual:guides/zh-CN` lists the guides without their texts.
 */
export function texts(): Plugin {
  return {
    name: 'hetu-texts',
    enforce: 'pre',
    resolveId: (id) => (id.startsWith('virtual:guides/') ? `\0${id}` : undefined),
    load(id) {
      const part = /^(.*\/i18n\/[\w-]+\.json)\?(desk|rest)$/.exec(id)
      if (part?.[1]) {
        this.addWatchFile(part[1])
        const all = JSON.parse(readFileSync(part[1], 'utf8')) as Record<string, string>
        const some = Object.entries(all).filter(([k]) => DESK.test(k) === (part[2] === 'desk'))
        return { code: `export default ${JSON.stringify(Object.fromEntries(some))}`, moduleType: 'js' as const }
      }
      const locale = /^\0virtual:guides\/([\w-]+)$/.exec(id)?.[1]
      if (!locale) return undefined
      const dir = join(GUIDES, locale)
      const all = readdirSync(dir).filter((f) => f.endsWith('.md')).map((f) => {
        this.addWatchFile(join(dir, f))
        return outline(f.slice(0, -3), readFileSync(join(dir, f), 'utf8'))
      })
      return `export default ${JSON.stringify(all)}`
    },
  }
}
