import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import en from './en.json'
import zh from './zh-CN.json'

const keys = (o: object) => Object.keys(o).sort()
const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort()

function sources(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? sources(join(dir, e.name)) : /\.tsx?$/.test(e.name) && !/\.test\.tsx?$/.test(e.name) ? [join(dir, e.name)] : [])
}

describe('the texts', () => {
  it('have the same keys in both locales', () => {
    expect(keys(en)).toEqual(keys(zh))
  })

  it('have the same places to fill in both locales', () => {
    const other = en as Record<string, string>
    const different = Object.entries(zh).filter(([k, text]) => places(text).join() !== places(other[k] ?? '').join()).map(([k]) => k)
    expect(different).toEqual([])
  })

  it('are nowhere written into the screens in Chinese', () => {
    const allowed = /ui\/useAction\.tsx|org\/browser\.ts/ // the enumeration comma; the name of a browser
    const found = sources(join(import.meta.dirname, '..'))
      .filter((f) => !allowed.test(f))
      .flatMap((f) => readFileSync(f, 'utf8').split('\n').map((line) => `${f}: ${line.trim()}`))
      .filter((line) => /[\u4e00-\u9fff]/.test(line.replace(/\/\/.*|\/?\*.*|^[^:]*:\s*\*.*/g, '')))
    expect(found).toEqual([])
  })
})
