// The evaluator reads the year at a glance, goes from a total to the item behind
// it, works the round out again and takes it away as a workbook.
import assert from 'node:assert/strict'
import type { Person } from './person'
import { downloaded, drawn, shown, subject } from './ranking'
import type { Journey, Walk } from './walk'

export default { name: 'evaluation', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const p = await w.enter('考核管理员')
  await p.visit('/assess')
  await p.page.getByRole('heading', { level: 1, name: '年度考核' }).waitFor()
  await drawn(p)
  await p.look('year')
  const tenants = await shown(p)
  assert.equal(tenants.length, 8, 'the bureaus are ranked')
  const falling = tenants.map((l) => Number(l.total))
  assert.deepEqual(falling, [...falling].sort((a, b) => b - a), 'the best comes first')
  await subject(p, '部门')
  await drawn(p)
  const departments = await shown(p)
  assert.ok(departments.length > 0 && !departments.some((d) => tenants.some((t) => t.unit === d.unit)), 'departments are ranked apart')
  await p.look('departments')

  await lightsAndTrend(p)
  await behindATotal(p)
  await again(p)
  await evidence(p)
  await schemes(p)
}

// Lights say by shape and word too; a number of a month opens its items (UI8).
async function lightsAndTrend(p: Person) {
  await p.visit('/assess')
  const lamps = p.page.locator('.lamp')
  await lamps.first().waitFor()
  for (const word of await lamps.allInnerTexts()) assert.match(word, /^(达到|接近|偏低)$/)
  await lamps.first().click()
  await p.page.getByRole('dialog').locator('[data-row]').first().waitFor()
  await p.visit('/assess')
  await p.page.getByRole('button', { name: /：[\d.]+ 分，\d+ 条信息/ }).first().click()
  await p.page.getByRole('dialog').locator('[data-row]').first().waitFor()
  await p.look('month', false)
}

// Total, indicator, item: three clicks.
async function behindATotal(p: Person) {
  await p.visit('/assess')
  const first = p.page.locator('[data-row]').first()
  const total = await first.locator('strong').first().innerText()
  await first.getByRole('link').first().click()
  await p.page.getByRole('heading', { level: 1, name: `：${total} 分` }).waitFor()
  await drawn(p)
  await p.look('unit')
  await printed(p)
  await p.page.getByRole('main').getByRole('button', { name: '采用', exact: true }).click()
  const deeds = p.page.getByRole('dialog')
  const item = deeds.locator('[data-row] a').first()
  await item.waitFor()
  const title = await item.innerText()
  await p.look('deeds', false)
  await item.click()
  await p.page.getByRole('heading', { level: 2, name: title }).waitFor()
  await p.look('item-behind')
}

// On paper there is the sheet and nothing else (UI9).
async function printed(p: Person) {
  await p.page.emulateMedia({ media: 'print' })
  await p.page.locator('.score-signs').waitFor()
  assert.equal(await p.page.locator('.page-head').isVisible(), false, 'what is not of the sheet is printed')
  await p.page.emulateMedia({ media: 'screen' })
}

// Long work is left, announced elsewhere, and found again with its result (UI7).
async function evidence(p: Person) {
  await p.press('导出依据')
  await p.go('考核方案')
  await p.told(/依据已导出，共 \d+ 条/)
  await p.visit('/works')
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.locator('[data-row]').first().getByRole('link', { name: /下载/ }).click()])
  assert.match(file.suggestedFilename(), /依据\.xlsx$/)
  await p.look('works')
  await p.visit('/assess')
  await p.page.getByRole('main').locator('ul.lines a').first().click()
  await p.page.getByText(/依据已导出/).first().waitFor()
}

async function again(p: Person) {
  await p.visit('/assess')
  await p.page.getByRole('main').locator('ul.lines a').first().click()
  await p.page.getByRole('button', { name: '核对' }).waitFor()
  await p.press('重新计算')
  await p.told(/已计算 \d+ 条得分/)
  await p.press('核对')
  await p.told('重新核算结果一致')
  await drawn(p)
  await p.look('round')
  const tenants = await shown(p)
  await subject(p, '部门')
  const departments = await shown(p)
  assert.deepEqual(await downloaded(p), { tenants, departments }, 'the workbook says the same')
}

async function schemes(p: Person) {
  await p.go('考核方案')
  await p.look('schemes')
  await p.page.getByRole('main').locator('[data-row] a').first().click()
  await p.page.getByText('方案已启用，不能修改').waitFor()
  await p.look('scheme')
}
