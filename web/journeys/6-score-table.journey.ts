// A score table that was published comes out of the work it counts, row by row.
import assert from 'node:assert/strict'
import { downloaded, drawn, shown } from './ranking'
import type { Journey, Walk } from './walk'

export default { name: 'score-table', case: 't1', walk } satisfies Journey

const PUBLISHED = [
  { unit: '现代农业产业园服务中心', total: '205' },
  { unit: '水利局', total: '180' },
  { unit: '市场监督管理局', total: '145' },
  { unit: '公安局', total: '135' },
  { unit: '民政局', total: '130' },
]

async function walk(w: Walk) {
  const p = await w.enter('考核管理员')
  await p.visit('/assess')
  await p.page.getByRole('main').locator('ul.lines a').first().click()
  await drawn(p)
  assert.deepEqual(await shown(p), PUBLISHED)
  await p.look('ranking')
  assert.deepEqual((await downloaded(p)).tenants, PUBLISHED)

  const first = p.page.locator('[data-row]').first()
  await first.getByRole('link').first().click()
  await p.page.getByRole('heading', { level: 1, name: '：205 分' }).waitFor()
  await drawn(p)
  await p.look('unit')
}
