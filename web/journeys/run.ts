// Walks every journey at both widths: `npm run journeys [-- name…]`. It starts the
// demonstration itself, or takes the one at HETU_URL with the people in HETU_STATE.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'
import { type Case, Demo, scratch } from './demo'
import { type Journey, type Size, Walk } from './walk'

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]

async function found(only: string[]): Promise<Journey[]> {
  const files = readdirSync(import.meta.dirname).filter((f) => f.endsWith('.journey.ts')).sort()
  const all: Journey[] = []
  for (const f of files) all.push(((await import(`./${f}`)) as { default: Journey }).default)
  return all.filter((j) => only.length === 0 || only.includes(j.name))
}

async function walkOne(browser: Browser, demo: Demo, j: Journey, size: Size): Promise<boolean> {
  const began = Date.now()
  const w = new Walk(browser, demo, j.name, size)
  try {
    await j.walk(w)
  } catch (err) {
    await w.brokeOff(err)
  }
  await w.end()
  const good = w.faults.length === 0
  const faults = [...new Set(w.faults)].map((f) => `\n     ${f.replaceAll('\n', '\n     ')}`).join('')
  console.log(`${good ? 'ok  ' : 'FAIL'} ${j.name} ${size} ${((Date.now() - began) / 1000).toFixed(1)} s${faults}`)
  return good
}

// How many of the walks of a journey went wrong.
async function walkAll(browser: Browser, demo: Demo, j: Journey, sizes: Size[]): Promise<number> {
  const good: boolean[] = []
  if (j.alone) for (const size of sizes) good.push(await walkOne(browser, demo, j, size))
  else good.push(...await Promise.all(sizes.map((size) => walkOne(browser, demo, j, size))))
  return good.filter((g) => !g).length
}

async function inDemo<T>(dir: string, what: Case, fn: (d: Demo) => Promise<T>): Promise<T> {
  const { HETU_URL, HETU_STATE } = process.env
  if (HETU_URL && HETU_STATE) return fn(Demo.at(HETU_URL, HETU_STATE))
  const began = Date.now()
  const demo = await Demo.start(dir, what)
  const end = () => { void demo.stop().finally(() => process.exit(130)) }
  process.once('SIGINT', end).once('SIGTERM', end)
  console.log(`demo ${what} is ready after ${((Date.now() - began) / 1000).toFixed(1)} s`)
  try {
    return await fn(demo)
  } finally {
    await demo.stop()
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

async function main(): Promise<number> {
  const journeys = await found(process.argv.slice(2))
  if (journeys.length === 0) throw new Error('there is no such journey')
  const sizes = (['wide', 'narrow'] as const).filter((s) => !process.env.HETU_SIZE || process.env.HETU_SIZE === s)
  if (process.argv.length === 2) rmSync(join(import.meta.dirname, 'out'), { recursive: true, force: true })
  // Without a locale that knows Chinese, files are not saved under their names.
  const env = { ...process.env, LC_ALL: 'C.UTF-8' }
  const browser = await chromium.launch({ executablePath: process.env.HETU_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS, env })
  const { dir, remove } = scratch()
  let failed = 0
  try {
    for (const what of ['province', 't1'] as const) {
      const those = journeys.filter((j) => (j.case ?? 'province') === what)
      if (those.length > 0) await inDemo(dir, what, async (demo) => {
        for (const j of those) failed += await walkAll(browser, demo, j, sizes)
      })
    }
  } finally {
    await browser.close()
    remove()
  }
  console.log(`journeys: ${journeys.length * sizes.length - failed} walked well, ${failed} not`)
  return failed
}

process.exit(await main() > 0 ? 1 : 0)
