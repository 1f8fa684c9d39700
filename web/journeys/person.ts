// A person in front of a browser.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContext, Locator, Page, Request, Response } from 'playwright-core'
import type { SignIn } from './demo'
import type { Walk } from './walk'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Clicks = Pick<Locator, 'click' | 'page'>

const waits = new WeakMap<Page, () => Promise<void>>()
let patience = false

// Nobody presses what is just moving away: every press waits until its page is at
// rest. Without that, a button that moves between press and release is not pressed
// at all, and one that is drawn anew is still the old one.
function patient(page: Page, rest: () => Promise<void>) {
  waits.set(page, rest)
  if (patience) return
  patience = true
  const proto = Object.getPrototypeOf(page.locator('html')) as Clicks
  const { click } = proto
  proto.click = async function (this: Clicks, ...how) {
    await waits.get(this.page())?.()
    await click.apply(this, how)
  }
}

interface Finding { id: string; impact?: string | null; nodes: { html: string; failureSummary?: string }[] }

/** An answer that belongs to the story although it is a refusal. */
interface Refusal { status: number; path: RegExp }

// Asking who one is before having signed in.
const ALWAYS: Refusal[] = [{ status: 401, path: /^\/api\/(org|console)\/me$/ }]

/** One person with a browser window of their own. */
export class Person {
  readonly page: Page
  readonly context: BrowserContext
  readonly walk: Walk
  private readonly refusals = [...ALWAYS]
  private readonly open = new Set<Request>()
  private away = false

  constructor(context: BrowserContext, page: Page, walk: Walk) {
    this.context = context
    this.page = page
    this.walk = walk
    patient(page, () => this.settle())
    page.on('pageerror', (e) => this.fault(`script error: ${e.message}`))
    page.on('console', (m) => {
      // A refused request is judged by its response.
      if (m.type() === 'error' && !m.text().startsWith('Failed to load resource')) this.fault(`console error: ${m.text()}`)
    })
    page.on('request', (r) => this.open.add(r))
    page.on('requestfinished', (r) => this.open.delete(r))
    page.on('requestfailed', (r) => {
      this.open.delete(r)
      // The app itself gives up what nobody waits for any more; a download is taken over by the browser.
      if (r.failure()?.errorText !== 'net::ERR_ABORTED' && !(this.away && r.failure()?.errorText === 'net::ERR_INTERNET_DISCONNECTED')) this.fault(`request failed: ${r.method()} ${r.url()} ${r.failure()?.errorText ?? ''}`)
    })
    page.on('response', (r) => { this.judge(r) })
  }

  /** Says that requests to path may be refused with status: it is part of the story. */
  expectRefusal(status: number, path: RegExp) { this.refusals.push({ status, path }) }

  /** Takes the network away, or brings it back. */
  async network(there: boolean) {
    if (!there) this.away = true // what was on its way then may still be told of when it is back
    await this.context.setOffline(!there)
  }

  /** Goes to an address and waits until the page stands. */
  async visit(path: string) {
    await this.page.goto(path)
    await this.settle()
  }

  async signIn(who: SignIn) {
    await this.visit(who.door)
    await this.page.getByLabel('账号', { exact: true }).fill(who.login)
    await this.page.getByLabel('密码', { exact: true }).fill(who.password)
    await this.page.getByRole('button', { name: '登录', exact: true }).click()
  }

  /** Takes a place from the menu, which on a phone is opened first. */
  async go(place: string) {
    if (this.walk.narrow) await this.page.getByRole('button', { name: '菜单', exact: true }).click()
    await this.page.locator('.ant-menu a').filter({ has: this.page.getByText(place, { exact: true }) }).click()
    await this.page.getByRole('heading', { level: 1 }).waitFor()
    if (this.walk.narrow) await this.page.locator('.ant-drawer').waitFor({ state: 'detached' })
    await this.settle()
  }

  /** A dialog by its title. */
  dialog(title: string): Locator { return this.page.getByRole('dialog').filter({ hasText: title }) }

  /** The dialog of that title once it is open and takes what is typed. */
  async opened(title: string): Promise<Locator> {
    const d = this.dialog(title).last()
    await d.waitFor()
    await this.settle()
    return d
  }

  /** Presses a button of the page or of what it is in. */
  async press(name: string, within: Page | Locator = this.page) {
    await within.getByRole('button', { name }).first().click()
  }

  /** Chooses from a list or a tree of a form; search narrows a long one down. */
  async choose(label: string, option: string, within: Page | Locator = this.page, search?: string) {
    const box = within.locator('.ant-select').filter({ has: this.page.getByLabel(label) }).first()
    await box.click()
    if (search) await this.page.keyboard.type(search)
    await this.settle()
    const list = this.page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)')
    const wanted = list.locator('.ant-select-item-option, .ant-select-tree-treenode').filter({ hasText: option })
      .locator('.ant-select-item-option-content, .ant-select-tree-title').first()
    await wanted.waitFor()
    await this.settle()
    // A list that is drawn anew under the pointer loses the press: a person presses again.
    for (let tries = 1; ; tries++) {
      await wanted.click()
      const closed = await list.waitFor({ state: 'hidden', timeout: 5000 }).then(() => true, () => false)
      if (closed) return
      if (tries === 3) throw new Error(`"${option}" cannot be chosen as ${label}`)
    }
  }

  /** Chooses several from a list or a tree of a form, which stays open until it is closed. */
  async chooseSome(label: string, options: string[], within: Page | Locator = this.page) {
    await within.locator('.ant-select').filter({ has: this.page.getByLabel(label) }).first().click()
    const list = this.page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)')
    for (const option of options) {
      await this.settle()
      await list.locator('.ant-select-item-option-content, .ant-select-tree-title').filter({ hasText: option }).first().click()
    }
    await this.page.keyboard.press('Escape')
    await list.waitFor({ state: 'hidden' })
  }

  /** Picks one of several that stand side by side. */
  async pick(option: string, within: Page | Locator = this.page) {
    await within.locator('.ant-radio-wrapper').filter({ hasText: option }).first().click()
    await within.locator('.ant-radio-wrapper-checked').filter({ hasText: option }).first().waitFor()
  }

  /** The row of a table, which on a phone is a card. */
  row(text: string | RegExp): Locator { return this.page.locator('[data-row]').filter({ hasText: text }) }

  /** Waits for the words that say what happened. */
  async told(text: string | RegExp) { await this.page.locator('.ant-message').getByText(text).first().waitFor() }

  /** Waits until nothing is on its way and nothing moves any more. */
  async settle() {
    await this.page.waitForLoadState()
    const still = async () => {
      if ([...this.open].some((r) => r.url().includes('/api/') || r.resourceType() === 'script')) return false
      return this.page.evaluate(() => {
        if (document.querySelector('.ant-skeleton, .ant-spin-spinning, .ant-btn-loading, [class*=ant-zoom-], [class*=ant-fade-], [class*=ant-slide-], [class*=panel-motion]')) return false
        return document.getAnimations().every((a) => a.playState !== 'running' || a.effect?.getTiming().iterations === Infinity)
      }).catch(() => false)
    }
    const until = Date.now() + 30_000
    for (let calm = 0; calm < 3;) {
      calm = await still() ? calm + 1 : 0
      if (Date.now() > until) throw new Error(`${this.page.url()} did not come to rest: ${[...this.open].map((r) => r.url()).join(' ')}`)
      await this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => { requestAnimationFrame(done) }))).catch(() => undefined)
    }
  }

  /** Looks again until something that the server does in the background is there. */
  async comes(what: Locator) {
    for (const until = Date.now() + 60_000; Date.now() < until && await what.count() === 0;) {
      await this.page.reload()
      await this.settle()
    }
    await what.waitFor()
  }

  /** Takes a picture of the page as it stands, lets axe look at it, and sees that it fits the window. */
  async look(step: string, whole = true) {
    if (whole) await this.page.evaluate(() => { window.scrollTo(0, 0) })
    await this.settle()
    await this.page.screenshot({ path: this.walk.shot(step), fullPage: whole })
    await this.page.evaluate(axe)
    const found = await this.page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: { run: (d: Document, o: object) => Promise<{ violations: Finding[] }> } }
      return (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })).violations
    })
    for (const f of found) {
      if (f.impact === 'serious' || f.impact === 'critical') this.fault(`axe at ${step}: ${f.id}, ${f.nodes.length} times: ${f.nodes[0]?.html ?? ''} ${f.nodes[0]?.failureSummary ?? ''}`)
    }
    const over = await this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (over > 0) this.fault(`${step} is ${over} px wider than the window`)
  }

  /** Where they stand and what the page says, for whoever has no picture. */
  async sight(): Promise<string> {
    const said = await this.page.locator('h1, [role=alert], [role=dialog] [class*=title], .ant-form-item-explain-error').allInnerTexts()
    return `at ${this.page.url()}: ${said.map((s) => s.replaceAll(/\s+/g, ' ')).join(' | ').slice(0, 400)}`
  }

  async leaveBrowser() { await this.context.close() }

  private judge(r: Response) {
    const path = new URL(r.url()).pathname
    if (r.status() < 400 || this.refusals.some((x) => x.status === r.status() && x.path.test(path))) return
    this.walk.telling.push(r.text().catch(() => '').then((body) => { this.fault(`answered ${r.status()}: ${r.request().method()} ${path} ${body.slice(0, 300)}`.trimEnd()) }))
  }

  private fault(text: string) { this.walk.faults.push(text) }
}
