// A list of people is tried, taken in and taken back; somebody changes post; the head of a department retires, and what
// only they could go on with is their successor's in the same act: their browser is out at once and does not come in again
// (R229, R231, R237, R240, R242, W25).
import assert from 'node:assert/strict'
import type { Person } from './person'
import { columnOf } from './quick'
import type { Journey, Walk } from './walk'
import { does } from './xss'
import { workbook } from './xlsx'

export default { name: 'leaver', alone: true, walk } satisfies Journey

interface Post { id: string; department_name: string; title: string; head: boolean }
interface Member { id: string; name: string; login: string; state: string; posts: Post[] }

async function walk(w: Walk) {
  const admin = await w.enter('系统管理员')
  await list(admin, w.mark)
  const [room, elsewhere, column] = w.narrow ? ['河湖管理处', '建设管理处', '河湖管理'] : ['建设管理处', '水资源处', '建设管理']
  const people = await peopleOf(admin, room)
  const head = people.find((m) => m.posts[0]?.head), heir = people.find((m) => m.posts[0]?.title === '副处长'), writer = people.find((m) => m.posts[0]?.title === '信息发布员')
  const mover = people.findLast((m) => m !== heir && m !== writer && !m.posts[0]?.head)
  assert.ok(head && heir && writer && mover)
  await move(admin, mover, elsewhere)
  const [leaver, author] = [await as(w, head), await as(w, writer)]
  const [waiting, begun] = [`在建工程冬季施工安全提示${w.mark}`, `明年重点项目安排的考虑${w.mark}`]
  await handIn(author, column, waiting)
  await does(leaver, { method: 'POST', path: '/publish/items', body: { column_id: await columnOf(leaver, column), kind: 'news', title: begun, body_html: '<p>初步考虑如下。</p>' } })
  await leaver.visit('/approval')
  await leaver.page.getByRole('link', { name: waiting }).waitFor()
  await letGo(admin, head, heir)
  await outside(leaver, w, head)
  await goesOn(await as(w, heir), waiting, begun)
  await onRecord(admin, head, heir, room)
  await lookRound(admin)
}

/** A colleague of the demonstration, who all have one password, before their desktop. */
function as(w: Walk, m: Member): Promise<Person> { return w.enter({ ...w.demo.who('系统管理员'), login: m.login }) }

async function peopleOf(admin: Person, room: string): Promise<Member[]> {
  const [rooms] = await does(admin, { method: 'GET', path: '/org/departments' })
  const id = (rooms?.items as { id: string; name: string }[]).find((d) => d.name === room)?.id
  const [found] = await does(admin, { method: 'GET', path: `/org/members?limit=50&department=${id}` })
  return (found?.items as Member[]).filter((m) => m.state === 'active')
}

// A list with mistakes names row and column of each; put right it is taken in, and taken back.
async function list(p: Person, mark: string) {
  const heads = ['部门', '姓名', '登录名', '职务', '负责人', '类别', '使用期限']
  await p.visit('/org/imports')
  await p.press('导入名单')
  const d = await p.opened('导入名单')
  const choose = async (rows: string[][]) => {
    await d.locator('input[type=file]').setInputFiles({ name: `督查室名单${mark}.xlsx`, mimeType: 'application/octet-stream', buffer: workbook([heads, ...rows]) })
  }
  await choose([['督查室', '', '', '科员', ''], ['督查室', '顾维宁', '', '主任', '也许'], ['督查室', '顾维安', '', '科员', '']])
  await d.getByText(/第 2 行“姓名”/).waitFor()
  await d.getByText(/第 3 行“负责人”/).waitFor()
  assert.ok(await d.getByRole('button', { name: /^导\s*入$/ }).isDisabled(), 'a list with faults cannot be taken')
  await p.look('faults', false)
  await choose([[`督查室${mark}`, '顾维宁', '', '主任', '是'], [`督查室${mark}`, '顾维安', '', '科员', ''], [`督查室${mark}`, '陆知远', '', '驻场工程师', '', '其他人员', `${new Date().getFullYear() + 1}-12-31`]])
  await d.getByText(/将新增 3 人、1 个部门/).waitFor()
  await p.look('tried', false)
  await d.getByRole('button', { name: /^导\s*入$/ }).click()
  await p.told('已导入 3 人、1 个部门')
  await p.row(`督查室名单${mark}`).getByRole('button', { name: '启用链接' }).click()
  await p.press('启用链接', p.page.getByRole('dialog').filter({ hasText: '为尚未启用的人员生成链接' }))
  await p.page.locator('.slips').getByText('顾维安').waitFor()
  await p.look('slips', false)
  await p.page.getByRole('button', { name: '已交付，关闭' }).click()
  await p.look('imports')
  await p.visit('/org/members?q=陆知远')
  await p.row('陆知远').getByText(/^至 \d{4}-12-31$/).waitFor()
  await p.look('external')
  await p.visit('/org/imports')
  await p.row(`督查室名单${mark}`).getByRole('button', { name: '撤销导入' }).click()
  await p.press('撤销导入', p.page.getByRole('dialog').filter({ hasText: `撤销“督查室名单${mark}.xlsx”` }))
  await p.told(`“督查室名单${mark}.xlsx”已撤销`)
  await p.row(`督查室名单${mark}`).getByText('已撤销').waitFor()
}

// Opens what somebody's drawer offers.
async function open(p: Person, m: Member, act: string) {
  await p.visit(`/org/members?q=${m.login}&member=${m.id}`)
  const drawer = p.page.locator('.ant-drawer').last()
  await drawer.getByRole('button', { name: act, exact: true }).click()
  return drawer
}

async function move(p: Person, m: Member, to: string) {
  const drawer = await open(p, m, '调动')
  const d = await p.opened(`${m.name} 调动`)
  await p.press('调动', d)
  await d.getByText('请填写调入部门').waitFor()
  await p.choose('调入部门', to, d)
  await d.getByLabel('职务').fill('二级主任科员')
  await d.getByLabel('原因').fill('轮岗')
  await p.look('transfer', false)
  await p.press('调动', d)
  await p.told(`${m.name} 已调动`)
  await drawer.getByText(`${to} 二级主任科员`).waitFor()
  await p.look('moved', false)
}

async function handIn(author: Person, column: string, title: string) {
  const [draft] = await does(author, { method: 'POST', path: '/publish/items', body: { column_id: await columnOf(author, column), kind: 'news', title, body_html: '<p>各在建工程落实防冻、防滑、防火措施。</p><p>停工复工须经安全检查。</p>' } })
  await does(author, { method: 'POST', path: `/publish/items/${String(draft?.id)}/submit`, body: { online_ok: true, version: draft?.version } })
}

// Somebody with open things does not go without a successor.
async function letGo(p: Person, m: Member, heir: Member) {
  await open(p, m, '办理离开')
  const d = await p.opened(`${m.name} 离开本单位`)
  await d.getByText('待办事项').first().waitFor()
  await d.getByText('未送审的草稿').waitFor()
  await d.getByLabel('原因').fill('退休')
  await p.press('办理离开', d)
  await d.getByText('请填写接手人').waitFor()
  await p.choose('接手人', heir.name, d, heir.name)
  await d.getByLabel(/接任部门负责人/).check()
  await p.look('leave', false)
  await p.press('办理离开', d)
  await p.told(`${m.name} 已离开本单位`)
}

// The browser they left open is out, and the password that was right until now is refused.
async function outside(leaver: Person, w: Walk, m: Member) {
  leaver.expectRefusal(401, /^\/api\//)
  await leaver.page.getByRole('link', { name: /安全提示/ }).first().click()
  const again = await leaver.opened('请重新登录')
  await again.getByLabel('密码', { exact: true }).fill(w.demo.who('系统管理员').password)
  await again.getByRole('button', { name: '登录', exact: true }).click()
  await again.getByText('账号或密码不正确').waitFor()
  await again.getByText(/调离、退休.*账号随即注销/).waitFor()
  await leaver.look('out', false)
  const [stranger, who] = [await w.stranger(), { ...w.demo.who('系统管理员'), login: m.login }]
  stranger.expectRefusal(401, /^\/api\//)
  await stranger.signIn(who)
  await stranger.page.getByText(/调离、退休.*账号随即注销/).waitFor()
  await stranger.look('refused')
}

async function goesOn(heir: Person, waiting: string, begun: string) {
  await heir.look('heir')
  await heir.visit('/approval')
  await heir.page.getByRole('link', { name: waiting }).click()
  await heir.page.getByRole('heading', { level: 2, name: waiting }).waitFor()
  await heir.look('task')
  await heir.visit('/publish/mine')
  await heir.page.getByText(begun).first().waitFor()
  await heir.look('drafts')
}

async function onRecord(p: Person, m: Member, heir: Member, room: string) {
  await p.visit('/org/handovers')
  await p.row(m.name).getByText(heir.name).first().waitFor()
  await p.row(m.name).getByText(/待办事项 \d+ 件/).first().waitFor()
  await p.look('handovers')
  await p.visit('/org/register')
  await p.choose('部门', room, p.page, room)
  await p.settle()
  await p.page.locator('.register').getByText(heir.login, { exact: true }).waitFor()
  assert.equal(await p.page.locator('.register').getByText(m.login, { exact: true }).count(), 0, 'who left stands in the register')
  await p.look('register')
}

// What else there is about people.
async function lookRound(p: Person) {
  for (const [path, heading, step] of [['/org/offices', '责任人员', 'offices'], ['/org/book', '通讯录', 'book'], ['/org/requests', '账号申请', 'requests'],
    ['/org/accounts', '账号与密码', 'accounts'], ['/org/accounts?view=together', '账号与密码', 'together'], ['/org/accounts?view=rules', '账号与密码', 'rules']] as const) {
    await p.visit(path)
    await p.page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await p.look(step)
  }
  await p.visit('/org/offices')
  await p.press('提名')
  await p.opened('提名')
  await p.look('name-office', false)
  await p.page.keyboard.press('Escape')
  await p.visit('/org/book')
  await p.press('可见范围')
  await p.opened('可见范围')
  await p.look('book-rules', false)
}
