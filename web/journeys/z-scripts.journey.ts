// Strings that would run as scripts are stored in every text field and opened by
// readers and administrators; nothing runs, and nothing stands in a page that
// could (IN-01, IN-02, G22). With HETU_TORTURE these are ten thousand.
import assert from 'node:assert/strict'
import { corpus } from './corpus'
import type { Person } from './person'
import type { Journey, Walk } from './walk'
import { type Call, does, hook, inspect, send, upload } from './xss'

export default { name: 'scripts', walk } satisfies Journey

const BATCH = 300
const SLOTS = process.env.HETU_TORTURE ? 100 : 20 // columns, departments
const MEMBERS = process.env.HETU_TORTURE ? 30 : 5

interface Cast { office: Person; writer: Person; reviewer: Person; admin: Person; reader: Person }
interface Places { columns: string[]; departments: string[]; members: string[] }
interface Item { id: string; version: number; body_html: string }

const cut = (s: string, n: number) => [...s].slice(0, n).join('')

async function walk(w: Walk) {
  const n = process.env.HETU_TORTURE ? 10_000 : w.narrow ? 60 : BATCH
  const strings = corpus(n)
  const heard: string[] = []
  const cast: Cast = {
    office: await w.enter('办公室信息员'), writer: await w.enter('处室信息发布员'), reviewer: await w.enter('处室负责人'),
    admin: await w.enter('系统管理员'), reader: await w.enter('考核管理员'),
  }
  for (const p of Object.values(cast) as Person[]) await hook(p, (what) => heard.push(what))
  await control(w, cast.reader, heard)
  const places = await prepare(w, cast)
  let pages = 0
  for (let at = 0; at < strings.length; at += BATCH) pages += await store(w, cast, places, strings.slice(at, at + BATCH), at)
  assert.deepEqual(heard, [], 'what ran or was stopped by the policy')
  console.log(`     scripts: ${strings.length} strings, ${pages} pages opened, nothing ran`)
}

// What is put into a page past all the product's care is heard: the hooks work.
async function control(w: Walk, p: Person, heard: string[]) {
  const before = w.faults.length
  await p.visit('/help')
  await p.page.evaluate(() => {
    document.body.insertAdjacentHTML('beforeend', '<p id=planted onclick="xss(1)">x</p><iframe srcdoc=x></iframe>')
    document.getElementById('planted')?.click()
  })
  const seen = await inspect(p)
  await p.page.evaluate(() => { (window as unknown as { alert: (s: string) => void }).alert('control') })
  assert(heard.some((h) => h.startsWith('policy')) && heard.some((h) => h.startsWith('alert')), `the hooks hear nothing: ${heard.join()}`)
  assert(seen.faults.some((f) => f.startsWith('onclick')) && seen.faults.some((f) => f.includes('iframe')), `the eye sees nothing: ${seen.faults.join()}`)
  await p.visit('/help')
  heard.length = 0
  w.faults.length = before
}

async function prepare(w: Walk, c: Cast): Promise<Places> {
  const ids = async (p: Person, calls: Call[]) => (await does(p, ...calls)).map((a) => a.id as string)
  const many = (n: number, fn: (i: number) => object, path: string) => Array.from({ length: n }, (_, i) => ({ method: 'POST', path, body: fn(i) }))
  const columns = await ids(c.office, many(SLOTS, (i) => ({ name: `脚本${w.mark}${i}`, review_levels: 1 }), '/publish/columns'))
  const member = async (p: Person) => ((await does(p, { method: 'GET', path: '/org/me' }))[0]?.member as { id: string }).id
  const [writer, reviewer] = [await member(c.writer), await member(c.reviewer)]
  const grant = (subject: object, right: string) => ({ method: 'POST', path: `/publish/columns/${columns[0] ?? ''}/grants`, body: { ...subject, right } })
  const me = (id: string) => ({ subject_kind: 'member', subject_id: id })
  await does(c.office, grant(me(writer), 'draft'), grant(me(writer), 'publish'), grant(me(reviewer), 'review'), grant({ subject_kind: 'everyone' }, 'read'))
  const departments = await ids(c.admin, many(SLOTS, (i) => ({ parent_id: null, name: `处室${w.mark}${i}`, kind: 'dept', sort: 900 }), '/org/departments'))
  const made = await does(c.admin, ...many(MEMBERS, (i) => (
    { name: `成员${i}`, login: `x${w.mark}${i}`, department_id: departments[0], title: `职务${i}`, head: false }), '/org/members'))
  return { columns, departments, members: made.map((m) => (m.member as { id: string }).id) }
}

// Stores one batch everywhere, and opens every page on which it stands.
async function store(w: Walk, c: Cast, places: Places, strings: string[], at: number): Promise<number> {
  const drafts = await drafted(c.writer, places.columns[0] ?? '', strings)
  await rename(w, c, places, strings, at)
  const of = (i: number) => strings[i % strings.length] ?? ''
  const body = drafts.map((d) => d.body_html).join('')
  const two = await does(c.writer, ...[body, strings.map((s) => `<p>文${s}</p>`).join('')].map((b, i) => (
    { method: 'POST', path: '/publish/items', body: { column_id: places.columns[0], kind: 'news', title: cut(of(i), 80), body_html: b, source: cut(of(i + 2), 100) } })))
  const opened: string[] = []
  let pages = 0
  const look = async (p: Person, ...paths: string[]) => {
    for (const path of paths) {
      await p.visit(path)
      const seen = await inspect(p)
      for (const f of seen.faults.slice(0, 5)) w.faults.push(`${path}: ${f}`)
      assert(seen.elements > 40, `${path} shows nothing`)
      pages++
    }
  }
  for (const [i, it] of two.entries()) {
    const id = it.id as string
    await attach(c.writer, id, strings, i * 5)
    await review(c, id, strings, look)
    opened.push(`/publish/items/${id}`)
  }
  const first = drafts[0]?.id ?? ''
  await look(c.reader, '/', ...opened, '/publish/reading', '/publish/columns')
  assert((await c.reader.page.locator('body').innerText()).length > 100, 'the reader reads something')
  await look(c.writer, '/', '/notices', '/publish/mine', `/publish/items/${first}`, `/publish/items/${first}/edit`, opened[0] ?? '')
  await look(c.office, '/', '/publish/columns', `/publish/columns/${places.columns[1] ?? ''}`, '/publish/all')
  await look(c.admin, '/', '/org/departments', '/org/members', '/org/roles', '/publish/columns')
  await look(c.reviewer, '/approval', '/approval?tab=done')
  await withdraw(c.writer, opened[1] ?? '', strings)
  await look(c.writer, opened[1] ?? '', '/publish/mine')
  await does(c.writer, ...drafts.map((d) => ({ method: 'DELETE', path: `/publish/items/${d.id}` })))
  return pages
}

// A draft of each string: title, text and source. What has been made clean
// stays as it is when it is made clean again.
async function drafted(p: Person, column: string, strings: string[]): Promise<Item[]> {
  const made = await does(p, ...strings.map((s) => ({ method: 'POST', path: '/publish/items',
    body: { column_id: column, kind: 'news', title: cut(s, 80), body_html: `<p>文</p>${s}`, source: cut(s, 100) } }))) as unknown as Item[]
  const again = await does(p, ...made.map((m) => ({ method: 'PATCH', path: `/publish/items/${m.id}`, body: { body_html: m.body_html, version: m.version } }))) as unknown as Item[]
  for (const [i, m] of made.entries()) assert.equal(again[i]?.body_html, m.body_html, `cleaning twice changes ${JSON.stringify(strings[i])}`)
  return again
}

// Columns, departments and members bear the strings as names, another part of
// them each time; what is too long is cut where it may be.
async function rename(w: Walk, c: Cast, places: Places, strings: string[], at: number) {
  const versions = async (p: Person, path: string) => new Map(
    ((await does(p, { method: 'GET', path }))[0]?.items as { id: string; version: number }[]).map((x) => [x.id, x.version]))
  const name = (i: number, n: number) => cut(`${w.mark}${i}${strings[(at + i * 7) % strings.length] ?? ''}`, n)
  const columns = await versions(c.office, '/publish/columns')
  const departments = (await does(c.admin, { method: 'GET', path: '/org/departments' }))[0]?.items as { id: string; version: number; parent_id: string | null; kind: string; sort: number }[]
  await does(c.office, ...places.columns.map((id, i) => ({ method: 'PATCH', path: `/publish/columns/${id}`,
    body: { name: name(i, 40), purpose: cut(strings[i] ?? '', 500), version: columns.get(id) } })))
  await does(c.admin, ...departments.filter((d) => places.departments.includes(d.id)).map((d, i) => ({ method: 'PATCH', path: `/org/departments/${d.id}`,
    body: { name: name(i, 100), parent_id: d.parent_id, kind: d.kind, sort: d.sort, version: d.version } })))
  const members = await versions(c.admin, `/org/members?limit=200&department=${places.departments[0] ?? ''}`)
  await does(c.admin, ...places.members.map((id, i) => ({ method: 'PATCH', path: `/org/members/${id}`, body: { name: name(i, 50), version: members.get(id) } })))
}

async function attach(p: Person, item: string, strings: string[], from: number) {
  for (let i = from; i < from + 5; i++) {
    const s = strings[i % strings.length] ?? ''
    const id = await upload(p, '情况.txt')
    await does(p, { method: 'POST', path: `/publish/items/${item}/attachments`, body: { upload_id: id, name: cut(s, 80), summary: cut(s, 200) } })
  }
}

// Returned once and then approved: reasons and opinions are strings, too.
async function review(c: Cast, item: string, strings: string[], look: (p: Person, ...paths: string[]) => Promise<void>) {
  const said = cut(strings.join('\n'), 2000)
  for (const last of [false, true]) {
    const [draft] = await does(c.writer, { method: 'GET', path: `/publish/items/${item}` })
    await does(c.writer, { method: 'POST', path: `/publish/items/${item}/submit`, body: { online_ok: true, version: draft?.version } })
    const tasks = (await does(c.reviewer, { method: 'GET', path: '/approval/tasks?state=todo&limit=200' }))[0]?.items as { id: string; subject_id: string }[]
    const task = tasks.find((x) => x.subject_id === item)?.id ?? ''
    const [page] = await does(c.reviewer, { method: 'GET', path: `/approval/tasks/${task}` })
    if (last) await look(c.reviewer, `/approval/tasks/${task}`)
    const hash = (page?.case as { content_hash: string }).content_hash
    await does(c.reviewer, last
      ? { method: 'POST', path: `/approval/tasks/${task}/approve`, body: { opinion: said, content_hash: hash, checks: { true: true, wording: true, safe: true, online: true } } }
      : { method: 'POST', path: `/approval/tasks/${task}/return`, body: { reason_code: 'other', opinion: said } })
  }
  const [ready] = await does(c.writer, { method: 'GET', path: `/publish/items/${item}` })
  await does(c.writer, { method: 'POST', path: `/publish/items/${item}/publish`, body: { version: ready?.version } })
}

async function withdraw(p: Person, path: string, strings: string[]) {
  const [now] = await send(p, [{ method: 'GET', path }])
  await does(p, { method: 'POST', path: `${path}/withdraw`, body: { reason: cut(strings.join(' '), 200), version: now?.body.version } })
}
