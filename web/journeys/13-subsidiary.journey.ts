// A group of companies on the same platform does the same work, and no page of
// it speaks of a government or shows anything of the province.
import assert from 'node:assert/strict'
import { askAndReport } from './asking'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'subsidiary', walk } satisfies Journey

const GOVERNMENT = /水务厅|[省市县]局|[市省]政府|机关|厅领导|处室|科室|青川/u
const PLACES = ['/', '/publish/columns', '/publish/items/new', '/publish/inspections', '/publish/takedowns', '/exchange/pushed']
const ABOVE = ['/', '/exchange/inbox', '/exchange/pushes', '/publish/offline', '/publish/health']

async function walk(w: Walk) {
  const [below, above] = [await w.enter('子公司信息专员'), await w.enter('集团信息主管')]
  await below.look('desktop')
  const office = await w.enter('子公司办公室')
  await askAndReport(w, { above, below, reviewer: office, upper: '临江水务集团有限公司', unit: '临江供水有限公司', journal: '集团简报' })
  await plain(below, PLACES)
  await plain(office, ['/assess/mine'])
  await plain(above, ABOVE)
  await above.go('收到的信息')
  await above.look('inbox')

  // What the province holds is not there for them.
  const bureau = await w.enter('市局信息员')
  await bureau.go('信息阅读')
  const href = await bureau.page.locator('[data-row] a').first().getAttribute('href') ?? ''
  assert.match(href, /^\/publish\/items\//)
  above.expectRefusal(404, /^\/api\/publish\/items\//)
  await above.visit(href)
  await above.page.getByText('没有找到，或您无权查看').waitFor()
}

async function plain(p: Person, places: string[]) {
  for (const place of places) {
    await p.visit(place)
    await p.page.getByRole('heading', { level: 1 }).waitFor()
    const text = await p.page.locator('body').innerText()
    assert.doesNotMatch(text, GOVERNMENT, `${place} speaks of a government`)
  }
}
