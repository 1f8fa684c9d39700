// Somebody retires: what only they could go on with goes to a successor in the
// same act; a list of people is tried, taken in and taken back.
import assert from 'node:assert/strict'
import type { Person } from './person'
import type { Journey, Walk } from './walk'
import { workbook } from './xlsx'

export default { name: 'leaver', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const admin = await w.enter('系统管理员')
  await list(admin, w.mark)
  await leave(admin)
  await responsible(admin)
}

// A list with a mistake names its row; put right it is taken in, and taken back.
async function list(p: Person, mark: string) {
  const heads = ['部门', '姓名', '登录名', '职务', '负责人']
  await p.visit('/org/imports')
  await p.press('导入名单')
  const d = await p.opened('导入名单')
  const choose = async (rows: string[][]) => {
    await d.locator('input[type=file]').setInputFiles({ name: `名单${mark}.xlsx`, mimeType: 'application/octet-stream', buffer: workbook([heads, ...rows]) })
  }
  await choose([['督查室', '', '', '科员', ''], ['督查室', `顾维宁${mark}`, '', '主任', '也许']])
  await d.getByText(/第 2 行“姓名”/).waitFor()
  assert.ok(await d.getByRole('button', { name: /导\s*入/ }).last().isDisabled(), 'a list with faults cannot be taken')
  await p.look('faults', false)
  await choose([[`督查室${mark}`, '顾维宁', '', '主任', '是'], [`督查室${mark}`, '顾维安', '', '科员', '']])
  await d.getByText(/将新增 2 人、1 个部门/).waitFor()
  await p.look('tried', false)
  await d.getByRole('button', { name: /导\s*入/ }).last().click()
  await p.told('已导入 2 人、1 个部门')
  await p.look('imports')
  await p.row(`名单${mark}`).getByRole('button', { name: '撤销导入' }).click()
  await p.page.getByRole('dialog').getByRole('button', { name: '撤销导入' }).click()
  await p.told('已撤销')
}

// The head of a department cannot go while tasks wait, unless somebody takes them.
async function leave(p: Person) {
  await p.visit('/org/members?q=sun')
  await p.page.locator('[data-row]').first().getByRole('button').first().click()
  const drawer = p.page.locator('.ant-drawer').last()
  await drawer.getByRole('button', { name: '办理离开' }).click()
  const d = p.page.getByRole('dialog').filter({ hasText: '离开本单位' }).last()
  await d.getByText(/手里的事项|没有需要移交的事项/).waitFor()
  await d.getByLabel('原因').fill('退休')
  await p.look('leave', false)
  await d.getByRole('button', { name: /取\s*消/ }).click()
}

async function responsible(p: Person) {
  await p.visit('/org/offices')
  await p.page.getByText('主要负责人').first().waitFor()
  await p.look('offices')
  await p.visit('/org/book')
  await p.look('book')
  await p.visit('/org/register')
  await p.look('register')
  await p.visit('/org/accounts')
  await p.look('accounts')
}
