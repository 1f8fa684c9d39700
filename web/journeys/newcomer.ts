// Somebody new in headquarters, whom nobody else's journey changes.
import { createHmac } from 'node:crypto'
import type { Person } from './person'

/** A member made for one walk. */
export interface Newcomer { name: string; login: string; password: string; id: string; once: string }

/** Asks the server as the page does; for what other journeys show on the screen. */
export async function ask<T>(p: Person, method: string, path: string, body?: unknown): Promise<T> {
  return p.page.evaluate(async ([method, path, body]) => {
    const me = await (await fetch('/api/org/me')).json() as { csrf?: string }
    const answer = await fetch(path, {
      method, body: method === 'GET' ? null : JSON.stringify(body ?? {}),
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID(), 'X-CSRF-Token': me.csrf ?? '' },
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.json()
  }, [method, path, body] as const) as Promise<T>
}

/** Makes somebody of the information centre, with a password that still has to be changed. */
export async function newcomer(admin: Person, who: Pick<Newcomer, 'name' | 'login' | 'password'>): Promise<Newcomer> {
  const { items } = await ask<{ items: { id: string; name: string }[] }>(admin, 'GET', '/api/org/departments')
  const made = await ask<{ member: { id: string }; one_time_password: string }>(admin, 'POST', '/api/org/members', {
    name: who.name, login: who.login, department_id: items.find((d) => d.name === '信息中心')?.id ?? items[0]?.id, title: '科员', head: false,
  })
  return { ...who, id: made.member.id, once: made.one_time_password }
}

/** Chooses the newcomer's own password, without the page that other journeys look at. */
export async function own(p: Person, n: Newcomer, tenant: string) {
  await p.settle()
  await ask(p, 'POST', '/api/org/sign-in', { tenant, login: n.login, password: n.once })
  await ask(p, 'POST', '/api/org/password', { old: n.once, new: n.password, agreed: true })
}

/** Signs in on the page where somebody stands. */
export async function password(p: Person, n: Newcomer) {
  await p.page.getByLabel('账号', { exact: true }).fill(n.login)
  await p.page.getByLabel('密码', { exact: true }).fill(n.password)
  await p.page.getByRole('button', { name: '登录', exact: true }).click()
  await p.settle()
}

/** The code an authenticator app shows, some half minutes from now. */
export function totp(secret: string, later: number): string {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((b) => parseInt(b, 2)))
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later))
  const mac = createHmac('sha1', key).update(step).digest()
  return String((mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
