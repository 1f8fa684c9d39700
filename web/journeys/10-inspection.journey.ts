// The Office inspects what a column published: one item is in order, one is not;
// its department accepts, corrects, and the inspection is closed with a score.
import assert from 'node:assert/strict'
import type { Person } from './person'
import { column, published } from './quick'
import type { Journey, Walk } from './walk'

export default { name: 'inspection', walk } satisfies Journey

async function walk(w: Walk) {
  const name = `值班信息抽查${w.mark}`
  const titles = [`值班制度执行情况${w.mark}`, `夜间巡查情况${w.mark}`]
  const [office, writer, head] = [await w.enter('办公室信息员'), await w.enter('处室信息发布员'), await w.enter('处室负责人')]
  const place = `值班信息${w.mark}`
  const id = await column(office, place, writer, head)
  for (const t of titles) await published(writer, head, id, t, '<p>各值班点按表值守，记录完整。</p>')

  await open(office, name, place)
  const address = new URL(office.page.url()).pathname
  const item = (t = '') => office.page.locator('.inspect-items > li').filter({ hasText: t })
  await record(office, item(titles[0]))
  await item(titles[1]).getByRole('button', { name: '未发现问题' }).click()
  await office.told(/未发现问题/)
  await item(titles[1]).getByText('✓ 未发现问题').waitFor()
  await office.look('inspected')

  await reply(head, titles[0] ?? '')
  await office.visit(address)
  await item(titles[0]).getByText('已补记到岗时间。').waitFor()
  await office.press('确认整改', item(titles[0]))
  await item(titles[0]).getByText('整改已确认').waitFor()
  await close(office, name)
  await head.visit('/publish/findings?tab=all')
  await head.page.getByText('整改已确认').first().waitFor()
  assert.equal(await head.page.getByRole('listitem').filter({ hasText: titles[0] ?? '' }).getByRole('button').count(), 0, 'what is closed cannot be answered any more')
}

// Chooses one of many and leaves the list.
async function add(p: Person, label: string, what: string, within: ReturnType<Person['dialog']>) {
  await within.locator('.ant-form-item').filter({ hasText: label }).locator('.ant-select').first().click()
  await p.page.keyboard.type(what)
  await p.settle()
  const list = p.page.locator('.ant-select-dropdown:not(.ant-select-dropdown-hidden)')
  await list.locator('.ant-select-item-option-content, .ant-select-tree-title').filter({ hasText: what }).first().click()
  await p.page.keyboard.press('Escape')
  await list.waitFor({ state: 'hidden' })
}

async function open(office: Person, name: string, place: string) {
  await office.go('信息检查')
  await office.look('inspections')
  await office.press('组织检查')
  const d = await office.opened('组织检查')
  await office.press('组织检查', d)
  await d.getByText('请填写检查名称').waitFor()
  await d.getByLabel('检查名称').fill(name)
  const today = await office.page.evaluate(() => new Date().toLocaleDateString('sv'))
  const days = d.locator('.ant-picker input')
  for (const i of [0, 1]) {
    await days.nth(i).fill(today)
    await days.nth(i).press('Enter')
  }
  await add(office, '检查栏目', place, d)
  await add(office, '检查人员', nameOf(office), d)
  await office.look('open-form', false)
  await office.press('组织检查', d)
  await office.told(`已组织检查“${name}”，抽取 2 条信息`)
  await office.page.getByRole('heading', { level: 1, name }).waitFor()
  await office.look('opened')
}

const nameOf = (p: Person) => p.walk.demo.who('办公室信息员').tenant.split(' ').at(-1) ?? ''

async function record(office: Person, item: ReturnType<Person['dialog']>) {
  await office.press('记录问题', item)
  const d = await office.opened('记录问题：')
  await office.press('记录问题', d)
  await d.getByText('请填写问题类别').waitFor()
  await office.pick('字词不准确', d)
  await office.pick('一般', d)
  await d.getByRole('textbox').fill('未写明到岗时间。')
  await office.look('finding-form', false)
  await office.press('记录问题', d)
  await office.told('已记录问题，并通知有关人员')
  await item.getByText('未写明到岗时间。').waitFor()
}

async function reply(head: Person, title: string) {
  await head.visit('/notices')
  const notice = head.page.getByRole('link', { name: title }).first()
  await head.comes(notice)
  await head.visit('/publish/findings')
  const mine = head.page.locator('.inspect-items > li').filter({ hasText: title })
  await mine.getByText('未写明到岗时间。').waitFor()
  await head.look('our-findings')
  await head.press('认可', mine)
  await head.told('已认可，请整改后填写整改情况')
  await head.press('填写整改情况', mine)
  const d = await head.opened('填写整改情况')
  await d.getByRole('textbox').fill('已补记到岗时间。')
  await head.look('correction-form', false)
  await head.press('填写整改情况', d)
  await head.told('已提交整改情况')
}

async function close(office: Person, name: string) {
  await office.press('结束检查')
  await office.press('结束检查', await office.opened(`结束“${name}”？`))
  await office.told('检查已结束，结果已确定')
  await office.page.getByText('结果已确定，计入年度目标考核。').waitFor()
  // A hundred, and a hundred less fifteen.
  await office.page.getByText('92.50').waitFor()
  await office.look('closed')
}
