// A reader finds an item by its words, says to have taken note of it and what
// there is to say; its publisher puts it first and sees who has read it.
import assert from 'node:assert/strict'
import type { Person } from './person'
import { column, published } from './quick'
import type { Journey, Walk } from './walk'

export default { name: 'reading', walk } satisfies Journey

async function walk(w: Walk) {
  const [place, title] = [`业务提示${w.mark}`, `闸站汛后养护要点${w.mark}`]
  const [office, writer, head, reader] = [await w.enter('办公室信息员'), await w.enter('处室信息发布员'), await w.enter('处室负责人'), await w.enter('考核管理员')]
  const id = await column(office, place, writer, head, { comments: 'on', receipts: 'on' })
  await published(writer, head, id, title, `<p>启闭机螺杆须清洗后涂抹润滑脂，编号${w.mark}。</p>`)
  await published(writer, head, id, `汛后物资盘点${w.mark}`, '<p>盘点结果报处室备案。</p>')

  await find(reader, place, title)
  await read(reader, title)
  await first(writer, title)
  await reader.visit(`/publish/columns/${id}`)
  const pins = reader.page.getByRole('list', { name: '置顶信息' })
  await pins.getByText(title).waitFor()
  assert.equal(await pins.getByRole('listitem').count(), 1)
  await reader.look('column')
  await readers(writer, title)
}

async function find(reader: Person, place: string, title: string) {
  await reader.visit('/search')
  const box = reader.page.getByLabel('查找标题、正文、附件名')
  const hits = reader.page.getByRole('list', { name: '查找结果' }).getByRole('listitem')
  await box.fill('螺杆 润滑脂')
  await box.press('Enter')
  const hit = hits.filter({ hasText: title })
  await reader.comes(hit)
  assert.deepEqual((await hit.locator('p mark').allInnerTexts()).sort(), ['润滑脂', '螺杆'], 'what was looked for is shown in its place')
  await reader.look('found')
  await reader.page.getByText('只查标题').click()
  await reader.page.waitForURL(/in=title/)
  await reader.page.getByText('没有找到').waitFor()
  await reader.press('清除条件')
  await reader.choose('栏目', place, reader.page.getByRole('main'), place)
  await reader.page.waitForURL(/column=/)
  await hit.waitFor()
  assert.equal(await hits.count(), 1, 'the column narrows it down to one')
  await reader.look('narrowed')
  await hit.getByRole('link', { name: title }).click()
  await reader.page.getByRole('heading', { level: 2, name: title }).waitFor()
}

async function read(reader: Person, title: string) {
  await reader.press('确认已阅知')
  await reader.told('已确认阅知')
  await reader.page.getByText(/^您已于 .* 确认阅知$/).waitFor()
  const text = `请补充闸门止水的做法${title}`
  await reader.press('发表')
  await reader.page.getByText('请填写评论内容').waitFor()
  await reader.page.getByLabel('评论内容').fill(text)
  await reader.press('发表')
  await reader.told('评论已发表')
  await reader.page.getByRole('region', { name: '评论（1）' }).getByText(text).waitFor()
  await reader.look('read')
}

async function first(writer: Person, title: string) {
  await writer.visit(`/publish/reading?q=${encodeURIComponent(title)}`)
  await writer.page.getByRole('link', { name: title }).first().click()
  await writer.press('置顶')
  const d = await writer.opened(`置顶《${title}》`)
  await writer.look('pin-form', false)
  const until = await writer.page.evaluate(() => new Date(Date.now() + 20 * 86_400_000).toLocaleDateString('sv'))
  await d.locator('.ant-picker input').fill(until)
  await d.locator('.ant-picker input').press('Enter') // takes the day and, as in any form, sends it
  await writer.told(`已置顶至 ${until}`)
}

async function readers(writer: Person, title: string) {
  await writer.press('阅读情况')
  const d = await writer.opened(`《${title}》的阅读情况`)
  await d.getByText('已确认', { exact: true }).click()
  await writer.settle()
  const name = writer.walk.demo.who('考核管理员').tenant.split(' ').at(-1) ?? ''
  await d.getByRole('row').filter({ hasText: name }).waitFor()
  assert.equal(await d.locator('tbody tr[data-row-key]').count(), 1, 'nobody else has confirmed')
  await writer.look('readers', false)
  await d.getByText('未读', { exact: true }).click()
  await writer.settle()
  assert.equal(await d.getByRole('row').filter({ hasText: name }).count(), 0)
  await writer.press('提醒未读人员', d)
  await writer.told(/已提醒 \d+ 人/)
}
