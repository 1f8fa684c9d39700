import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'
import { DESK } from './desk'

const SRC = join(import.meta.dirname, '..')

// What a file imports before it runs; what it fetches later is not among it.
function imports(file: string): string[] {
  const code = readFileSync(file, 'utf8')
  return [...code.matchAll(/^import (?!type )(?:[^;'"]*? from )?'([^']+)'/gm)].flatMap(([, from = '']) => {
    const at = from.startsWith('@/') ? join(SRC, from.slice(2)) : from.startsWith('.') ? join(dirname(file), from) : ''
    return [`${at}.ts`, `${at}.tsx`, `${at}/index.ts`].filter((f) => at && existsSync(f))
  })
}

it('the texts that come first are all that the desktop page says (UI11)', () => {
  const queue = ['main.tsx', 'app/shell/Workplace.tsx', 'features/portal/Desktop.tsx'].map((f) => join(SRC, f))
  const seen = new Set(queue)
  for (let file = queue.pop(); file; file = queue.pop()) {
    for (const f of imports(file)) {
      if (seen.has(f)) continue
      seen.add(f)
      queue.push(f)
    }
  }
  const keys = [...seen].flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/\bt(?:Or)?\([`']([\w.]+)/g)].map((m) => m[1] ?? ''))
  expect(keys).toContain('desk.hello')
  expect(keys.filter((k) => !DESK.test(k))).toEqual([])
})
