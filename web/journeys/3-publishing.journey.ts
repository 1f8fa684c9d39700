// The Office opens a column; an item is written, returned, corrected, approved,
// published, read and withdrawn.
import assert from 'node:assert/strict'
import type { Person } from './person'
import type { Journey, Walk } from './walk'
import { approve, editor, openTask, type Paper, publish, submit, write } from './writing'

export default { name: 'publishing', walk } satisfies Journey

const DEPARTMENT = '水旱灾害防御处'
const nameOf = (tenant: string) => tenant.split(' ').at(-1) ?? ''

async function walk(w: Walk) {
  const paper: Paper = {
    column: `汛情快报${w.mark}`, title: `全省完成入汛前水库安全检查${w.mark}`, heading: '检查情况', text: '截至目前，全省已检查水库四百座。',
    points: ['病险水库全部落实空库运行', '预警设施逐一试鸣'],
  }
  const office = await w.enter('办公室信息员')
  const writer = await w.enter('处室信息发布员')
  const reviewer = await w.enter('处室负责人')
  const [name, head] = [nameOf(w.demo.who('处室信息发布员').tenant), nameOf(w.demo.who('处室负责人').tenant)]
  await office.look('desktop')
  await openColumn(office, paper.column)
  await give(office, paper.column, '起草', name)
  await give(office, paper.column, '发布', name)
  await give(office, paper.column, '审核', head)
  await give(office, paper.column, '阅读')
  await office.look('column-rights')

  await writeWithFile(writer, paper)
  await submit(writer, 'writer')
  await writer.page.getByText('审核中').first().waitFor()
  await writer.look('in-review')
  await giveBack(reviewer, paper)
  const draft = new URL(writer.page.url()).pathname
  await stillReads(reviewer, paper, draft)
  await noPart(await w.enter('考核管理员'), draft)
  await improve(writer, paper)
  await decide(reviewer, paper)
  await publish(writer, paper.title)
  const address = new URL(writer.page.url()).pathname
  await read(await w.enter('考核管理员'), paper, address, [name, head])
  await writer.page.reload()
  await writer.look('published')
  await withdraw(w, writer, paper, address)
}

async function openColumn(office: Person, name: string) {
  await office.go('栏目')
  await office.look('columns')
  await office.press('新建栏目')
  const d = await office.opened('新建栏目')
  await d.getByLabel('名称').fill(name)
  await office.choose('主管部门', DEPARTMENT, d, DEPARTMENT)
  await office.look('column-form', false)
  await office.press('保存', d)
  await office.told(`已保存栏目 ${name}`)
  await office.page.getByRole('link', { name }).click()
  await office.page.getByRole('tab', { name: '权限' }).click()
}

async function give(office: Person, column: string, right: string, person?: string) {
  await office.press('授权', office.page.getByRole('main'))
  const d = await office.opened(`在“${column}”授权`)
  if (person) await office.choose('人员', person, d, person)
  else await office.pick('全体人员', d)
  if (right !== '起草') await office.choose('权限', right, d)
  if (right === '审核') await office.look('right-form', false)
  await office.press('授予', d)
  await office.told('已授权')
  await d.waitFor({ state: 'hidden' })
  if (person) await office.row(person).filter({ hasText: right }).waitFor()
}

// As large as a scanned paper, so that it travels in several pieces.
function scan(): Buffer {
  const head = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\n')
  return Buffer.concat([head, Buffer.alloc(9 << 20, '% scanned page, scanned page, scanned page\n'), Buffer.from('\ntrailer<</Root 1 0 R>>\n%%EOF\n')])
}

async function writeWithFile(writer: Person, paper: Paper) {
  await write(writer, paper, 'writer')
  await writer.page.locator('input[type=file][multiple]').setInputFiles({ name: '检查汇总表.pdf', mimeType: 'application/pdf', buffer: scan() })
  await writer.page.getByRole('progressbar', { name: '检查汇总表.pdf 的上传进度' }).waitFor()
  await writer.page.getByLabel('附件名称').fill('水库检查汇总表')
  await writer.page.getByLabel('内容摘要').fill('四百座水库的检查结论和整改时限')
  await writer.page.locator('[role=progressbar][aria-valuenow="100"]').waitFor()
  await writer.look('editor')
  await writer.press('添加为附件')
  await writer.told('已添加附件“水库检查汇总表”')
  await writer.page.getByRole('link', { name: '水库检查汇总表' }).waitFor()
  await writer.look('attached')
}

async function giveBack(reviewer: Person, paper: Paper) {
  await openTask(reviewer, paper.title)
  await reviewer.page.getByRole('link', { name: '水库检查汇总表' }).waitFor()
  await reviewer.look('task')
  await reviewer.page.keyboard.press('r')
  const d = await reviewer.opened('退回修改')
  await reviewer.press('退回', d)
  await d.getByText('请填写退回原因').waitFor()
  await reviewer.pick('文字有误', d)
  await d.getByLabel('意见').fill('水库数量请写成阿拉伯数字。')
  await reviewer.look('return-form', false)
  await reviewer.press('退回', d)
  await reviewer.told(`已退回《${paper.title}》`)
}

// Who returned it goes on reading what was returned, and may do nothing with it.
async function stillReads(reviewer: Person, paper: Paper, draft: string) {
  await reviewer.visit(draft)
  await reviewer.page.getByRole('heading', { level: 2, name: paper.title }).waitFor()
  assert.equal(await reviewer.page.getByRole('button', { name: /编辑|提交|发布/ }).count(), 0, 'a reviewer only reads a returned draft')
  await reviewer.visit('/approval?tab=done')
  await reviewer.page.getByRole('link', { name: paper.title }).first().click()
  await reviewer.page.getByText(paper.text).waitFor()
}

async function noPart(other: Person, draft: string) {
  other.expectRefusal(404, /^\/api\/publish\/items\//)
  await other.visit(draft)
  await other.page.getByText('没有找到，或您无权查看').waitFor()
}

async function improve(writer: Person, paper: Paper) {
  await writer.visit('/notices')
  await writer.look('notices')
  await writer.page.getByRole('link', { name: `《${paper.title}》被退回修改` }).click()
  await writer.page.getByRole('heading', { level: 2, name: paper.title }).waitFor()
  await writer.look('returned')
  await writer.go('我的稿件')
  await writer.look('mine')
  await writer.page.getByRole('link', { name: paper.title }).click()
  await writer.page.getByRole('button', { name: '编辑' }).click()
  await editor(writer).click()
  await writer.page.keyboard.press('Control+End')
  await writer.page.keyboard.type('，共 400 座')
  await writer.page.getByRole('status').filter({ hasText: '草稿已保存' }).waitFor()
  await submit(writer)
}

async function decide(reviewer: Person, paper: Paper) {
  await openTask(reviewer, paper.title)
  await reviewer.page.getByRole('article').getByText('，共 400 座').waitFor()
  const before = reviewer.page.getByRole('region', { name: '第 1 轮', exact: true })
  await before.getByText('水库数量请写成阿拉伯数字。').waitFor()
  await before.getByText('文字有误').waitFor()
  await reviewer.page.getByRole('region', { name: '本轮（第 2 轮）' }).waitFor()
  await reviewer.look('second-round')
  await reviewer.page.keyboard.press('a')
  await reviewer.page.getByText('确认后才能同意').first().waitFor()
  assert.equal(await reviewer.page.getByText('确认后才能同意').count(), 4, 'each of the four checks asks for itself')
  await reviewer.look('checks-missing')
  await approve(reviewer, paper.title, '数据已核实，同意发布。')
  await reviewer.visit('/approval?tab=done')
  await reviewer.page.getByRole('link', { name: paper.title }).first().waitFor()
  await reviewer.look('done')
}

async function read(reader: Person, paper: Paper, address: string, [writer = '', reviewer = '']: string[]) {
  await reader.visit(`/publish/reading?unread=1&q=${encodeURIComponent(paper.title)}`)
  const link = reader.page.locator('a.unread-dot', { hasText: paper.title })
  await link.waitFor()
  await reader.look('unread')
  await link.click()
  await reader.page.getByText('1 人已读').waitFor()
  assert.equal(new URL(reader.page.url()).pathname, address, 'an item has one address for everybody')
  const named = await reader.page.locator('dl.named').innerText()
  assert.deepEqual(named.split(/\s+/).slice(0, 6), ['拟稿', writer, '审核', reviewer, '发布', writer], 'the persons who answer for it')
  const [file] = await Promise.all([reader.page.waitForEvent('download'), reader.page.getByRole('link', { name: '水库检查汇总表' }).click()])
  assert.equal(file.suggestedFilename(), '检查汇总表.pdf')
  assert.equal(await file.failure(), null)
  await reader.look('item')
  await reader.page.goBack()
  await reader.page.getByText('没有符合条件的内容').waitFor()
  await reader.look('nothing-unread')
}

async function withdraw(w: Walk, writer: Person, paper: Paper, address: string) {
  await writer.press('撤下')
  const d = await writer.opened(`撤下《${paper.title}》`)
  await writer.choose('差错类别', '内容有误', d)
  await d.getByLabel('原因').fill('汇总数有误，核实后另行发布')
  await writer.press('撤下', d)
  await writer.told(`《${paper.title}》已撤下`)
  await writer.look('withdrawn')

  const reader = await w.enter('考核管理员')
  await reader.visit(`/publish/reading?q=${encodeURIComponent(paper.title)}`)
  await reader.page.getByText('没有符合条件的内容').waitFor()
  reader.expectRefusal(404, /^\/api\/publish\/items\//)
  await reader.visit(address)
  await reader.page.getByText('没有找到，或您无权查看').waitFor()
  await reader.look('gone')
}
