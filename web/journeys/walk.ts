// What a journey is made of: a browser at two widths, screenshots that a
// person looks at, and axe on every page it visits (UI10).
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const SHOTS = join(import.meta.dirname, 'shots')
const SIZES = { narrow: { width: 360, height: 740 }, wide: { width: 1440, height: 900 } } as const

/** One journey through the app; it throws where the app does not do what it should. */
export interface Journey { name: string; walk: (w: Walk) => Promise<void> }

interface Finding { id: string; impact?: string | null; nodes: { html: string }[] }

/** A person's way through the app in one browser window. */
export class Walk {
  private readonly context: BrowserContext
  private readonly label: string
  readonly page: Page
  readonly base: string
  readonly narrow: boolean
  /** Serious findings and script errors met on the way. */
  readonly faults: string[] = []

  private constructor(context: BrowserContext, page: Page, base: string, name: string, size: keyof typeof SIZES) {
    this.context = context
    this.page = page
    this.base = base
    this.narrow = size === 'narrow'
    this.label = `${name}-${SIZES[size].width}`
    page.on('pageerror', (e) => this.faults.push(`script: ${e.message}`))
  }

  static async begin(browser: Browser, base: string, name: string, size: keyof typeof SIZES): Promise<Walk> {
    const phone = size === 'narrow'
    const context = await browser.newContext({ viewport: SIZES[size], locale: 'zh-CN', isMobile: phone, hasTouch: phone, ignoreHTTPSErrors: true })
    return new Walk(context, await context.newPage(), base, name, size)
  }

  async open(path: string) { await this.page.goto(this.base + path) }

  /** Takes a picture of the page as it stands and lets axe look at it. */
  async look(step: string) {
    await this.page.waitForLoadState('networkidle')
    mkdirSync(SHOTS, { recursive: true })
    await this.page.screenshot({ path: join(SHOTS, `${this.label}-${step}.png`), fullPage: true })
    await this.page.evaluate(axe)
    const found = await this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run: (d: Document, o: object) => Promise<{ violations: Finding[] }> } }
      return (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })).violations
    })
    for (const f of found) {
      if (f.impact === 'serious' || f.impact === 'critical') this.faults.push(`axe at ${step}: ${f.id} ${f.nodes[0]?.html ?? ''}`)
    }
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (over > 0) this.faults.push(`${step} is ${over} px wider than the window`)
  }

  async end() { await this.context.close() }
}
