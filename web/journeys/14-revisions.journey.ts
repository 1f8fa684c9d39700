// An item is begun with a template, given back and written anew; what changed is
// compared and the older text brought back; another window takes it over; its
// publication at a set time is called off; and a copy of it is begun.
import assert from 'node:assert/strict'
import type { Person } from './person'
import { approved, column, returned } from './quick'
import type { Journey, Walk } from './walk'
import { editor } from './writing'
import { does } from './xss'

export default { name: 'revisions', walk } satisfies Journey

const FIRST = '本周巡查堤防 12 公里，未见险情。'
const LATER = '本周巡查堤防 15 公里，处置渗水一处。'

async function walk(w: Walk) {
  const office = await w.enter('办公室信息员')
  const writer = await w.enter('处室信息发布员')
  const reviewer = await w.enter('处室负责人')
  const name = `巡查周报${w.mark}`
  const id = await column(office, name, writer, reviewer)
  await does(office, { method: 'POST', path: '/publish/templates', body: { name: `周报${w.mark}`, column_id: id, kind: 'briefing', title: `{年}年{月}月{部门}巡查周报${w.mark}`, body_html: '<h2>巡查情况</h2><p>（写明长度、险情）</p>' } })
  const item = await begin(w, writer, name)
  await returned(writer, reviewer, item, '数字请再核对。')
  await rewrite(writer, item)
  await compareAndRestore(writer)
  await twoWindows(w, writer, item)
  await approved(writer, reviewer, item)
  await calledOff(writer, item)
  await copied(writer, name)
}

async function begin(w: Walk, p: Person, name: string): Promise<string> {
  await p.page.getByRole('button', { name: '写稿' }).first().click()
  await p.page.getByRole('heading', { level: 1, name: '写稿' }).waitFor()
  await p.choose('栏目', name, p.page.getByRole('main'), name)
  await p.choose('从模板开始', `周报${w.mark}`, p.page.getByRole('main'))
  assert.match(await p.page.getByLabel('标题').inputValue(), /^\d{4}年\d+月.+巡查周报/, 'the template gives the title of the day')
  await p.look('template')
  await p.press('开始写')
  await editor(p).locator('h2', { hasText: '巡查情况' }).waitFor()
  await type(p, FIRST)
  return new URL(p.page.url()).pathname.split('/').at(-2) ?? ''
}

async function type(p: Person, text: string) {
  await editor(p).locator('p').last().click({ clickCount: 3 })
  await p.page.keyboard.type(text)
  await p.page.getByRole('status').filter({ hasText: '草稿已保存' }).waitFor()
}

async function rewrite(p: Person, item: string) {
  await p.visit(`/publish/items/${item}/edit`)
  await editor(p).getByText(FIRST).waitFor()
  await type(p, LATER)
}

async function compareAndRestore(p: Person) {
  await p.press('历次版本')
  const d = await p.opened('历次版本')
  await d.getByText('15', { exact: true }).waitFor()
  await p.look('compared', false)
  if (p.walk.narrow) await p.choose('历次版本', '第 1 版', d)
  else await p.pick('第 1 版', d)
  await p.press('恢复为草稿', d)
  const ask = await p.opened('恢复为草稿？')
  await p.look('restore-ask', false)
  await p.press('恢复为草稿', ask)
  await p.told('已把第 1 版恢复为草稿')
  await editor(p).getByText(FIRST).waitFor()
  await p.press('历次版本')
  await (await p.opened('历次版本')).getByText('恢复自第 1 版').first().waitFor()
  await p.look('restored', false)
  await p.page.keyboard.press('Escape')
}

async function twoWindows(w: Walk, p: Person, item: string) {
  const other = await w.enter('处室信息发布员')
  for (const one of [p, other]) one.expectRefusal(409, /\/lock$/)
  await other.visit(`/publish/items/${item}/edit`)
  await other.page.getByText('在另一个窗口编辑这篇稿件').waitFor()
  await other.look('elsewhere')
  await other.press('接手编辑')
  const d = await other.opened('接手编辑')
  await d.getByLabel('给对方留句话').fill('我在办公室接着改')
  await other.press('接手编辑', d)
  await other.told('已接手编辑')
  await type(other, '本周巡查堤防 13 公里，未见险情。')
  await p.page.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')) }) // one comes back to the first window
  await p.page.getByText('留言：我在办公室接着改').waitFor()
  await p.look('taken')
  await other.visit('/')
  await p.page.evaluate(() => { document.dispatchEvent(new Event('visibilitychange')) })
  await editor(p).getByText('13 公里').waitFor()
}

async function calledOff(p: Person, item: string) {
  await p.visit(`/publish/items/${item}`)
  await p.press('定时发布')
  const d = await p.opened('定时发布《')
  await p.look('schedule-form', false)
  await p.press('定时发布', d)
  await p.told(/将于 .* 发布/)
  await p.page.getByText('到时会再次核对权限、栏目、内容和词语。').waitFor()
  await p.look('scheduled')
  await p.press('取消定时')
  await p.told('已取消定时发布')
  await p.page.getByText('到时会再次核对权限、栏目、内容和词语。').waitFor({ state: 'detached' })
}

async function copied(p: Person, name: string) {
  await p.press('复制为新稿')
  const d = await p.opened('复制《')
  await d.getByText(name).first().waitFor()
  await p.look('copy-form', false)
  await p.press('复制为新稿', d)
  await p.told('已复制为您的草稿')
  await editor(p).getByText('13 公里').waitFor()
  await p.look('copy')
}
