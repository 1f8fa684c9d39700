// What a journey is made of: people in browsers of their own at one width,
// screenshots that somebody looks at, and axe on every page they visit (UI10).
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import type { Case, Demo, SignIn } from './demo'
import { Person } from './person'

const OUT = join(import.meta.dirname, 'out')
const SIZES = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 780 } } as const

/** The widths at which every journey is walked. */
export type Size = keyof typeof SIZES

/** One journey through the app; it throws where the app does not do what it should. */
export interface Journey {
  name: string
  case?: Case
  /** Whether it changes what its walk at another width looks at, so that they go one after the other. */
  alone?: boolean
  walk: (w: Walk) => Promise<void>
}

/** One journey being walked at one width. */
export class Walk {
  /** What went wrong on the way without ending it: script errors, failed requests, axe's findings. */
  readonly faults: string[] = []
  /** Faults whose words are still on their way. */
  readonly telling: Promise<void>[] = []
  /** Makes names that no other walk uses. */
  readonly mark: string
  readonly narrow: boolean
  readonly demo: Demo
  private readonly browser: Browser
  private readonly size: Size
  private readonly label: string
  private readonly people: Person[] = []
  private shots = 0

  constructor(browser: Browser, demo: Demo, name: string, size: Size) {
    this.browser = browser
    this.demo = demo
    this.size = size
    this.narrow = size === 'narrow'
    this.label = `${name}-${SIZES[size].width}`
    this.mark = Math.trunc(Date.now() / 1000).toString(36).slice(-5) + size.slice(0, 1)
    mkdirSync(OUT, { recursive: true })
  }

  /** Somebody with a fresh browser, not signed in. */
  async stranger(): Promise<Person> {
    const context = await this.browser.newContext({
      viewport: SIZES[this.size], locale: 'zh-CN', timezoneId: 'Asia/Shanghai', isMobile: this.narrow, hasTouch: this.narrow,
      reducedMotion: 'reduce', baseURL: this.demo.url,
    })
    context.setDefaultTimeout(30_000)
    const p = new Person(context, await context.newPage(), this)
    this.people.push(p)
    return p
  }

  /** The person of a role, signed in at their door and in front of their desktop. */
  async enter(role: string | SignIn): Promise<Person> {
    const who = typeof role === 'string' ? this.demo.who(role) : role
    const p = await this.stranger()
    await p.signIn(who)
    await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
    return p
  }

  /** Where the picture of a step goes; they sort in the order in which they were taken. */
  shot(step: string): string { return join(OUT, `${this.label}-${String(++this.shots).padStart(2, '0')}-${step}.png`) }

  /** Shows where everybody stood when the journey broke off. */
  async brokeOff(err: unknown): Promise<void> {
    this.faults.push(err instanceof Error ? (err.stack ?? err.message) : String(err))
    for (const p of this.people) {
      await p.page.screenshot({ path: this.shot('broke-off') }).catch(() => undefined)
      this.faults.push(await p.sight().catch(String))
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.telling)
    for (const p of this.people) await p.leaveBrowser()
  }
}
