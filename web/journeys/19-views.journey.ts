// The evaluator sees the year on one page, goes from any total to the item behind
// it in three clicks, looks at a round from every side and issues a bulletin; a
// unit sees its score of today and what the next points take.
import assert from 'node:assert/strict'
import { drawn } from './ranking'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'views', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const p = await w.enter('考核管理员')
  await threeClicks(p)
  await fromEverySide(p)
  await documents(p)
  await bulletins(p, w.mark)
  const office = await w.enter('市局办公室')
  await today(office)
}

// From a total on the page of the year to the item: three clicks, counted.
async function threeClicks(p: Person) {
  await p.visit('/assess')
  await p.page.locator('#due').waitFor()
  await drawn(p)
  await p.look('year')
  const total = await p.page.locator('.glance ol.lines strong').first().innerText()
  let clicks = 0
  const click = async (what: ReturnType<Person['row']>) => { clicks++; await what.click(); await p.settle() }
  await click(p.page.locator('.glance ol.lines a').first())
  await p.page.getByRole('heading', { level: 1, name: `：${total} 分` }).waitFor()
  await click(p.page.getByRole('main').getByRole('button', { name: '采用', exact: true }))
  const item = p.page.getByRole('dialog').locator('[data-row] a').first()
  await item.waitFor()
  const title = await item.innerText()
  await click(item)
  await p.page.getByRole('heading', { level: 2, name: title }).waitFor()
  assert.equal(clicks, 3, 'from a total to the item behind it')
}

async function fromEverySide(p: Person) {
  await p.visit('/assess')
  await p.page.locator('.glance h3 a').first().click()
  await p.page.getByRole('tab', { name: '热力图' }).click()
  await p.page.locator('table.heat tbody tr').first().waitFor()
  await p.look('heat')
  const rows = await p.page.locator('table.heat tbody tr').count()
  assert.equal(rows, 8, 'every bureau has a row')
  await p.page.locator('table.heat td a').first().click()
  await p.page.getByRole('dialog').locator('[data-row]').first().waitFor()
  await p.look('heat-line', false)
  await p.page.goBack()
  await p.page.getByRole('tab', { name: '分布' }).click()
  await drawn(p)
  await p.look('spread')
  await p.page.getByRole('tab', { name: '对比' }).click()
  await p.page.locator('table.compare .best').first().waitFor()
  await drawn(p)
  await p.look('compare')
  assert.match(new URL(p.page.url()).search, /view=compare/, 'the view can be sent to a colleague')
}

// The documents are PDF files.
async function documents(p: Person) {
  await p.page.getByRole('button', { name: '打印文件' }).click()
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('link', { name: '成绩总表（A2 PDF）' }).click()])
  assert.match(file.suggestedFilename(), /成绩总表\.pdf$/)
}

async function bulletins(p: Person, mark: string) {
  await p.go('情况通报')
  await p.look('bulletins')
  await p.row('已印发').first().getByRole('link').first().click()
  await p.page.locator('.paper-page table').first().waitFor()
  await p.look('bulletin')
  await p.go('情况通报')
  await p.press('拟通报')
  const d = await p.opened('拟通报')
  await d.getByLabel('标题').fill(`走查通报${mark}`)
  await p.press('保存', d)
  await p.page.getByRole('heading', { level: 1, name: `走查通报${mark}` }).waitFor()
  const text = p.page.getByRole('textbox', { name: '正文' })
  await text.fill('# 走查通报\n共{单位个数}个单位')
  p.expectRefusal(422, /\/assess\/bulletins\//)
  await p.press('保存并预览')
  await p.page.getByText('没有“单位个数”这个词').waitFor()
  await text.fill('# 走查通报\n共{单位数}个单位，最高{最高分}分\n{排名表}')
  await p.press('保存并预览')
  await p.page.locator('.paper-page').getByText(/共8个单位，最高[\d.]+分/).waitFor()
  await p.look('draft')
  await p.press('印发')
  await p.press('印发', p.page.getByRole('dialog'))
  await p.told('通报已印发')
  await p.page.reload()
  await p.page.getByText(/印发 ·/).waitFor()
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('link', { name: 'DOCX' }).click()])
  assert.equal(file.suggestedFilename(), `走查通报${mark}.docx`)
}

// The bureau sees how it stands today, and what the next points take.
async function today(p: Person) {
  await p.visit('/assess/mine')
  await p.page.getByRole('heading', { name: /今日得分/ }).first().waitFor()
  await p.page.getByText(/再增加 \d+ 条/).first().waitFor()
  await p.look('today')
  await p.page.getByText('得分构成和明细').first().click()
  await drawn(p)
  await p.page.getByText(/同类 8 个单位的排名/).first().click()
  await p.look('today-open')
}
