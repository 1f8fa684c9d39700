// A department assesses itself with evidence and submits, headquarters sends it back with a reason; somebody reviews
// a line with the evidence beside it, and rates the units.
import assert from 'node:assert/strict'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'review', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const [hq, head, leader] = [await w.enter('考核管理员'), await w.enter('处室负责人'), await w.enter('副厅长（复核')]
  await hq.visit('/assess/reviews')
  await hq.look('reviews')
  for (const [button, name] of [['布置自评', 'new-call'], ['发起测评', 'new-poll']] as const) {
    await hq.press(button)
    const d = await hq.opened(button)
    await hq.look(name, false)
    await hq.press('取消', d)
    await d.waitFor({ state: 'detached' })
  }
  await hq.page.getByRole('link', { name: '自评', exact: false }).filter({ hasText: '季度自评' }).first().click()
  await hq.page.getByText('指标与复核人').waitFor()
  await hq.look('state')
  await hq.page.getByRole('button', { name: '分派', exact: true }).first().click()
  const people = await hq.opened('的复核人')
  await hq.look('assign', false)
  await hq.press('取消', people)
  const state = new URL(hq.page.url()).pathname

  await assessed(head)
  await sentBack(hq, state)
  await reviewed(leader)
  await unitSees(await w.enter('市局办公室'))
  await rated(leader)
  await hq.visit('/assess/reviews')
  await hq.page.getByRole('link', { name: '民主测评' }).first().click()
  await hq.page.getByText('谁给谁打了多少分').waitFor()
  await hq.look('poll')
}

// Points without evidence are not submitted; with it they are.
async function assessed(head: Person) {
  await head.visit('/assess/tasks')
  await head.page.getByRole('heading', { level: 2, name: '自评' }).waitFor()
  await head.look('tasks')
  await head.page.getByRole('link', { name: '季度自评' }).first().click()
  const card = head.page.locator('[data-line="task"]')
  await card.waitFor()
  await card.getByLabel('自评分').fill('20')
  await card.getByLabel('说明').fill('按计划发布信息，栏目更新及时。')
  await card.getByRole('button', { name: /^移除/ }).evaluateAll((all) => { all.forEach((b) => { (b as HTMLElement).click() }) })
  await head.press('报送')
  await card.getByText('评了分的指标须有佐证材料').first().waitFor()
  await card.getByRole('button', { name: '选用本单位的信息' }).click()
  const picks = await head.opened('选用本单位的信息')
  await picks.getByRole('checkbox').first().check()
  await head.look('pick', false)
  await head.press('选用 1 条', picks)
  await head.look('form')
  await head.press('保存')
  await head.told('已保存')
  await head.press('报送')
  await head.press('报送', head.page.getByRole('dialog'))
  await head.told(/已报送给/)
  await head.look('submitted')
}

async function sentBack(hq: Person, state: string) {
  await hq.visit(state)
  await hq.page.getByRole('link', { name: '水旱灾害防御处' }).first().click()
  await hq.page.locator('[data-line="task"]').waitFor()
  await hq.look('unit')
  await hq.press('退回')
  const d = await hq.opened('退回水旱灾害防御处的自评')
  await d.getByLabel('延至').click()
  await hq.page.keyboard.type(`${new Date().getFullYear()}-12-31`)
  await hq.page.keyboard.press('Enter')
  await d.getByLabel('原因').fill('请补充佐证。')
  await hq.press('退回', d)
  await hq.told(/已退回/)
}

async function reviewed(leader: Person) {
  await leader.visit('/assess/reviews/queue')
  await leader.page.getByLabel('复核评分').waitFor()
  await leader.look('queue')
  await leader.press('查阅原文')
  await leader.page.getByText('本次查阅已于').waitFor()
  await leader.look('evidence', false)
  await leader.page.keyboard.press('Escape')
  const line = leader.page.locator('.review-sides')
  const system = await line.locator('dd').nth(1).innerText()
  await leader.page.getByLabel('复核评分').fill(system)
  await leader.page.getByLabel('理由').fill('与系统记录一致，已逐条核对。')
  await leader.press('提交并看下一项')
  await leader.told(/已复核/)
}

// The unit sees what it submitted, and nobody who reviews it.
async function unitSees(unit: Person) {
  await unit.visit('/assess/tasks')
  await unit.page.getByRole('link', { name: '季度自评' }).first().click()
  await unit.page.getByText('校验值').first().waitFor()
  await unit.look('own')
  assert.equal(await unit.page.getByText('副厅长').count(), 0, 'the unit is told who reviews it')
}

async function rated(leader: Person) {
  await leader.visit('/assess/tasks')
  await leader.page.getByRole('link', { name: '民主测评' }).first().click()
  await leader.page.getByRole('heading', { level: 1, name: '民主测评' }).waitFor()
  await leader.settle()
  if (await leader.page.getByText('已于').count() > 0) { await leader.look('ballot-given'); return }
  const marks = leader.page.getByRole('main').locator('input')
  for (let i = 0; i < await marks.count(); i++) await marks.nth(i).fill(String(85 + i))
  await leader.look('ballot')
  await leader.press('提交')
  await leader.press('提交', leader.page.getByRole('dialog'))
  await leader.told(/已提交/)
}
