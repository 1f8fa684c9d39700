// Walks every journey at both widths: `HETU_URL=https://… npm run journeys [name…]`.
import { readdirSync } from 'node:fs'
import { chromium } from 'playwright-core'
import { type Journey, Walk } from './walk'

const base = process.env.HETU_URL ?? 'http://127.0.0.1:8080'
const only = process.argv.slice(2)
const files = readdirSync(import.meta.dirname).filter((f) => f.endsWith('.journey.ts')).sort()
const journeys: Journey[] = []
for (const f of files) journeys.push(((await import(`./${f}`)) as { default: Journey }).default)

const browser = await chromium.launch({ executablePath: process.env.HETU_CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] })
let walked = 0
let failed = 0
for (const j of journeys.filter((x) => only.length === 0 || only.includes(x.name))) {
  for (const size of ['wide', 'narrow'] as const) {
    const w = await Walk.begin(browser, base, j.name, size)
    await j.walk(w).catch((err: unknown) => w.faults.push(String(err)))
    await w.end()
    walked++
    if (w.faults.length > 0) failed++
    console.log(`${w.faults.length ? 'FAIL' : 'ok  '} ${j.name} ${size}${w.faults.map((f) => `\n     ${f}`).join('')}`)
  }
}
await browser.close()
if (walked === 0) console.log(`no journey found${only.length ? ` named ${only.join(', ')}` : ''}`)
process.exit(failed > 0 || walked === 0 ? 1 : 0)
