// The short way to what a journey needs but is not about: requests of the people
// whose it is, from their own pages.
import type { Person } from './person'
import { does } from './xss'

interface Item { id: string; version: number; content_hash: string }
interface Listed { id: string; name: string; subject_id: string }

async function list(p: Person, path: string): Promise<Listed[]> {
  return ((await does(p, { method: 'GET', path }))[0]?.items ?? []) as Listed[]
}

/** Who one is in one's own tenant. */
export async function member(p: Person): Promise<string> {
  return ((await does(p, { method: 'GET', path: '/org/me' }))[0]?.member as { id: string }).id
}

/** The column of that name. */
export async function columnOf(p: Person, name: string): Promise<string> {
  const found = (await list(p, '/publish/columns')).find((c) => c.name === name)
  if (!found) throw new Error(`there is no column ${name}`)
  return found.id
}

/** A column that the writer drafts for and publishes in, and the reviewer reviews. */
export async function column(office: Person, name: string, writer: Person, reviewer: Person, rules: object = {}): Promise<string> {
  const [made] = await does(office, { method: 'POST', path: '/publish/columns', body: { name, review_levels: 1, rules } })
  const id = made?.id as string
  const give = (subject: object, right: string) => ({ method: 'POST', path: `/publish/columns/${id}/grants`, body: { ...subject, right } })
  const [w, r] = [await member(writer), await member(reviewer)]
  const who = (m: string) => ({ subject_kind: 'member', subject_id: m })
  await does(office, give(who(w), 'draft'), give(who(w), 'publish'), give(who(r), 'review'), give({ subject_kind: 'everyone' }, 'read'))
  return id
}

/** Hands a draft in; returns the task of who reviews it and what the task is of. */
async function handed(writer: Person, reviewer: Person, id: string): Promise<{ task: string; hash: string | undefined }> {
  const path = `/publish/items/${id}`
  const [draft] = await does(writer, { method: 'GET', path }) as unknown as Item[]
  const [sent] = await does(writer, { method: 'POST', path: `${path}/submit`, body: { online_ok: true, version: draft?.version } }) as unknown as Item[]
  return { task: (await list(reviewer, '/approval/tasks?state=todo&limit=200')).find((x) => x.subject_id === id)?.id ?? '', hash: sent?.content_hash }
}

/** Hands a draft in and has it given back. */
export async function returned(writer: Person, reviewer: Person, id: string, opinion: string) {
  const { task } = await handed(writer, reviewer, id)
  await does(reviewer, { method: 'POST', path: `/approval/tasks/${task}/return`, body: { reason_code: 'wording', opinion } })
}

/** Hands a draft in and has it approved. */
export async function approved(writer: Person, reviewer: Person, id: string) {
  const { task, hash } = await handed(writer, reviewer, id)
  await does(reviewer, { method: 'POST', path: `/approval/tasks/${task}/approve`,
    body: { opinion: '同意。', content_hash: hash, checks: { true: true, wording: true, safe: true, online: true } } })
}

/** An item that was drafted, approved and published; returns its id. */
export async function published(writer: Person, reviewer: Person, columnID: string, title: string, body: string): Promise<string> {
  const [draft] = await does(writer, { method: 'POST', path: '/publish/items', body: { column_id: columnID, kind: 'news', title, body_html: body } }) as unknown as Item[]
  if (!draft) throw new Error(`${title} was not drafted`)
  const path = `/publish/items/${draft.id}`
  await approved(writer, reviewer, draft.id)
  const [ready] = await does(writer, { method: 'GET', path }) as unknown as Item[]
  await does(writer, { method: 'POST', path: `${path}/publish`, body: { version: ready?.version } })
  return draft.id
}
