// What a journey that looks for scripts needs: calls with a person's own session,
// hooks that hear whatever runs, and an eye for what stands in a page.
import type { Person } from './person'

/** One request, and how it was answered. */
export interface Call { method: string; path: string; body?: object }
export interface Answer { status: number; body: Record<string, unknown> }

/** Sends requests one after the other as the page of the person would. */
export async function send(p: Person, calls: Call[]): Promise<Answer[]> {
  return p.page.evaluate(async (calls) => {
    const me = await (await fetch('/api/org/me')).json() as { csrf: string }
    const out = []
    for (const c of calls) {
      const changes = c.method !== 'GET'
      const res = await fetch(`/api${c.path}`, {
        method: c.method, body: changes ? JSON.stringify(c.body ?? {}) : undefined,
        headers: changes ? { 'Content-Type': 'application/json', 'X-CSRF-Token': me.csrf, 'Idempotency-Key': crypto.randomUUID() } : {},
      })
      out.push({ status: res.status, body: await res.json() as Record<string, unknown> })
    }
    return out
  }, calls)
}

/** Sends what must succeed. */
export async function does(p: Person, ...calls: Call[]): Promise<Record<string, unknown>[]> {
  const answers = await send(p, calls)
  return answers.map((a, i) => {
    if (a.status !== 200) throw new Error(`${calls[i]?.method ?? ''} ${calls[i]?.path ?? ''} ${JSON.stringify(calls[i]?.body)} = ${a.status} ${JSON.stringify(a.body)}`)
    return a.body
  })
}

/** Uploads a text file and returns its upload. */
export async function upload(p: Person, name: string): Promise<string> {
  return p.page.evaluate(async (name) => {
    const me = await (await fetch('/api/org/me')).json() as { csrf: string }
    const up = await (await fetch('/api/attachment/uploads', {
      method: 'POST', body: JSON.stringify({ name, size: 5 }),
      headers: { 'X-CSRF-Token': me.csrf, 'Idempotency-Key': crypto.randomUUID(), 'Content-Type': 'application/json' } })).json() as { id: string }
    await fetch(`/api/attachment/uploads/${up.id}?offset=0`, {
      method: 'PUT', body: 'plain', headers: { 'X-CSRF-Token': me.csrf, 'Idempotency-Key': crypto.randomUUID(), 'Content-Type': 'application/octet-stream' } })
    return up.id
  }, name)
}

/** From now on every page of the person counts what runs and what the policy stops. */
export async function hook(p: Person, heard: (what: string) => void) {
  await p.context.exposeFunction('hetuHeard', heard)
  await p.context.addInitScript(() => {
    const w = window as unknown as Record<string, unknown> & { hetuHeard: (what: string) => void }
    for (const name of ['alert', 'confirm', 'prompt', 'print', 'xss']) w[name] = (...args: unknown[]) => { w.hetuHeard(`${name}(${args.join()}) at ${location.pathname}`) }
    document.addEventListener('securitypolicyviolation', (e) => { w.hetuHeard(`policy: ${e.violatedDirective} ${e.blockedURI} ${e.sample} at ${location.pathname}`) })
  })
  p.page.on('dialog', (d) => { heard(`dialog ${d.message()}`); void d.dismiss() })
  p.page.on('request', (r) => { if (/evil\.test/.test(r.url())) heard(`request to ${r.url()}`) })
}

/** What stands in the page and would run if somebody touched it, or should not be in a text. */
export async function inspect(p: Person): Promise<{ faults: string[]; elements: number }> {
  return p.page.evaluate(() => {
    const faults: string[] = []
    const all = document.querySelectorAll('*')
    for (const el of all) {
      const [name, shown] = [el.localName, el.outerHTML.slice(0, 160)]
      for (const a of el.attributes) {
        // What a browser leaves out of an address before it reads it.
        // eslint-disable-next-line no-control-regex
        const value = a.value.replace(/[\u0000-\u0020]/g, '')
        if (/^on/i.test(a.name)) faults.push(`${a.name} of ${shown}`)
        if (/^(href|src|action|formaction|xlink:href|data|poster|background|values|to)$/i.test(a.name) && /^(javascript|vbscript|data:text)/i.test(value)) faults.push(`${a.name} of ${shown}`)
      }
      if (['iframe', 'frame', 'object', 'embed', 'base', 'math', 'foreignobject', 'animate', 'set', 'marquee', 'template'].includes(name)) faults.push(shown)
      if (name === 'script' && !(el as HTMLScriptElement).src.startsWith(`${location.origin}/assets/`)) faults.push(shown)
      if (el.closest('.rich, .tiptap') && el.closest('.rich, .tiptap') !== el) {
        if (['svg', 'style', 'link', 'form', 'input', 'img', 'video', 'audio', 'button', 'select', 'textarea'].includes(name) && !el.closest('.ProseMirror-widget')) faults.push(`in a text: ${shown}`)
        const widths = el.closest('.tiptap') && ['table', 'col'].includes(name) && /^((min-)?width: \d+px;? ?)*$/.test(el.getAttribute('style') ?? '') // the editor's own
        if (el.hasAttribute('style') && el.closest('.rich') && !widths) faults.push(`style in a text: ${shown}`)
      }
    }
    return { faults, elements: all.length }
  })
}
