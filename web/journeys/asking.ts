// Those above ask for a report, a unit below sends one, it is adopted and stands
// in the bulletin: the same in a province and in a group of companies.
import assert from 'node:assert/strict'
import type { Person } from './person'
import { columnOf, published } from './quick'
import type { Walk } from './walk'

/** Who takes part, and how they call things. */
export interface Cast { above: Person; below: Person; reviewer: Person; upper: string; unit: string; journal: string }

/** Walks it from the question to the bulletin. */
export async function askAndReport(w: Walk, c: Cast) {
  const [topic, title] = [`冬季检修的做法${w.mark}`, `泵房冬季检修做到三个提前${w.mark}`]
  const asked = await ask(c, topic)
  await published(c.below, c.reviewer, await columnOf(c.below, '部门动态'), title, '<p>检修计划、备件、人员提前一个月到位，检修用时缩短三分之一。</p>')
  await answer(c, topic, title)
  await take(c, asked, topic, title)
  await bulletin(w, c)
  await c.below.visit('/exchange/outbox')
  await c.below.row(title).getByText('已采用').waitFor()
  await c.below.look('outbox')
}

async function ask(c: Cast, topic: string): Promise<string> {
  const p = c.above
  await p.go('约稿')
  await p.press('新约稿')
  const d = await p.opened('新约稿')
  await p.press('发出', d)
  await d.getByText('请填写主题').waitFor()
  await d.getByLabel('主题').fill(topic)
  await d.getByLabel('要求').fill('写清做法和成效。')
  const due = await p.page.evaluate(() => `${new Date(Date.now() + 3 * 86_400_000).toLocaleDateString('sv')} 17:00`)
  await d.locator('.ant-picker input').fill(due)
  await d.locator('.ant-picker input').press('Enter')
  await p.pick('所有下级单位', d)
  await p.look('ask-form', false)
  await p.press('发出', d)
  await p.told(/已向 \d+ 个单位约稿/)
  await p.page.getByRole('heading', { level: 1, name: topic }).waitFor()
  await p.row(c.unit).getByText('待报送').waitFor()
  await p.look('asked')
  return new URL(p.page.url()).pathname
}

async function answer(c: Cast, topic: string, title: string) {
  const p = c.below
  await p.go('上级约稿')
  await p.look('below-asked')
  await p.page.getByRole('link', { name: topic }).click()
  await p.page.getByText('写清做法和成效。').waitFor()
  await p.press('报送')
  const d = await p.opened(`报送“${topic}”`)
  await p.choose('选用信息', title, d, title)
  await p.look('answer-form', false)
  await p.press('上报', d)
  await p.told(`已上报 ${c.upper}`)
  await p.page.getByRole('link', { name: topic }).waitFor()
}

async function take(c: Cast, asked: string, topic: string, title: string) {
  const p = c.above
  await p.visit(asked)
  await p.row(c.unit).getByText('按时报送').waitFor()
  await p.page.getByText('按时 1', { exact: true }).waitFor()
  await p.row(c.unit).getByRole('link', { name: title }).click()
  await p.page.getByRole('link', { name: topic }).waitFor()
  await p.page.getByRole('button', { name: '签收', exact: true }).click()
  await p.told(`已签收《${title}》`)
  await p.page.getByRole('button', { name: '采用', exact: true }).click()
  const d = await p.opened(`采用《${title}》`)
  await p.choose('刊物', c.journal, d)
  await p.press('采用', d)
  await p.told(`已采用到《${c.journal}》`)
  await p.press('记录批示')
  const i = await p.opened(`记录对《${title}》的批示`)
  await i.getByLabel('批示领导').fill('分管领导')
  await i.getByLabel('批示内容').fill('做法实在，请各单位借鉴。')
  await p.look('instruct-form', false)
  await p.press('记录批示', i)
  await p.page.getByText('做法实在，请各单位借鉴。').first().waitFor()
  await p.page.getByRole('button', { name: '更正', exact: true }).click()
  const k = await p.opened('更正 分管领导 的批示')
  await k.getByLabel('批示内容').fill('做法实在，请各单位学习借鉴。')
  await k.getByLabel('更正原因').fill('漏记两字')
  await p.look('correct-form', false)
  await p.press('更正', k)
  await p.told('已更正 分管领导 的批示')
  await p.page.getByText(/更正：漏记两字/).waitFor()
  await p.page.getByText('更正前的内容').click()
  await p.page.getByText('做法实在，请各单位借鉴。').waitFor()
  await p.look('adopted')
}

async function bulletin(w: Walk, c: Cast) {
  const p = c.above
  await p.go('采用通报')
  await p.press('编制通报')
  const cells = (q: Person) => q.page.locator('.bulletin-lines tbody tr').filter({ hasText: c.unit }).locator('td')
  await cells(p).first().waitFor()
  await p.look('bulletin-draft')
  await p.press('印发')
  const d = await p.opened('印发')
  const title = `采用通报${w.mark}`
  await d.getByLabel('标题').fill(title)
  await p.press('印发', d)
  await p.told(`已印发《${title}》`)
  await p.page.getByRole('heading', { level: 2, name: title }).waitFor()
  const figures = await cells(p).allInnerTexts()
  // Sent, received, adopted; … instructed.
  for (const i of [0, 1, 2, 7]) assert.ok(Number(figures[i]) >= 1, `figure ${i} of ${figures.join(' ')}`)
  await p.look('bulletin')
  await p.page.emulateMedia({ media: 'print' })
  assert.equal(await p.page.locator('.page-head').isVisible(), false, 'what is not of the bulletin is printed')
  await p.page.emulateMedia({ media: 'screen' })

  await c.below.go('采用通报')
  await c.below.page.getByRole('link', { name: title }).click()
  await cells(c.below).first().waitFor()
  assert.deepEqual(await cells(c.below).allInnerTexts(), figures, 'the unit reads the same figures')
  await c.below.look('bulletin-below')
}
