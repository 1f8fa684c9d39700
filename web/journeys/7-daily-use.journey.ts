// A day at the desk: keys, search, the other language, a form that keeps what
// was typed, an address that is not one's own, and leaving.
import assert from 'node:assert/strict'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'daily-use', walk } satisfies Journey

async function walk(w: Walk) {
  const p = await w.enter('处室负责人')
  await p.look('desktop')
  await keys(p)
  await search(p)
  await help(p)
  await languages(p)
  await forms(p)
  await offline(p)
  await strange(w, p)
  await leave(p)
}

async function keys(p: Person) {
  await p.go('待办事项')
  const at = () => p.page.locator('.row-selected').getAttribute('data-row')
  const rows = await p.page.locator('[data-row]').evaluateAll((all) => all.map((r) => r.getAttribute('data-row')))
  assert.ok(rows.length >= 2, `the head has tasks to choose from, not ${rows.length}`)
  await p.page.keyboard.press('j')
  assert.equal(await at(), rows[0])
  await p.page.keyboard.press('j')
  assert.equal(await at(), rows[1])
  await p.page.keyboard.press('k')
  assert.equal(await at(), rows[0])
  await p.look('chosen-by-key')
  await p.page.keyboard.press('?')
  const help = await p.opened('键盘操作')
  await help.getByText('打开所选').waitFor()
  assert.equal(await help.getByText('退回').count(), 0, 'only the keys of this page are listed')
  await p.look('keys', false)
  await p.page.keyboard.press('Escape')
  await help.waitFor({ state: 'detached' })
  await p.page.keyboard.press('Enter')
  await p.page.waitForURL(`**/approval/tasks/${rows[0]}`)
  await p.look('task')
  await p.page.keyboard.press('?')
  await p.dialog('键盘操作').getByText('退回').waitFor()
  await p.page.keyboard.press('Escape')
  await p.dialog('键盘操作').waitFor({ state: 'detached' })
  await p.page.goBack()
  await p.page.getByRole('heading', { level: 1, name: '待办事项' }).waitFor()
}

async function search(p: Person) {
  await p.settle()
  await p.page.keyboard.press('/')
  if (p.walk.narrow) {
    await p.page.waitForURL('**/search')
    await p.page.getByLabel('查找标题、正文、附件名').click()
  }
  await p.page.keyboard.type('水库')
  await p.page.keyboard.press('Enter')
  await p.page.waitForURL('**/search?q=*')
  await p.settle()
  assert.ok(await p.page.locator('.found mark', { hasText: '水库' }).count() > 0, 'the word is found and marked')
  await p.look('found')
  await p.visit('/search?q=%E6%B0%B4%E5%BA%93&to=2000-01-01')
  await p.page.getByText('没有找到').waitFor()
  await p.look('nothing-found')
  await p.press('清除条件')
  await p.page.locator('.found mark').first().waitFor()
}

async function menu(p: Person, item: string) {
  await p.page.getByRole('banner').or(p.page.locator('.shell-head')).first().locator('button:has(.anticon-user)').click()
  await p.page.getByRole('menuitem', { name: item }).click()
}

// UI13: beside a title, beside a word, and as a page of its own.
async function help(p: Person) {
  await p.go('待办事项')
  const mark = p.page.getByRole('button', { name: '本页使用指南' })
  await mark.click()
  const drawer = p.page.getByRole('dialog', { name: '使用指南' })
  await drawer.getByRole('heading', { name: '办理时限' }).waitFor()
  await p.look('help-beside', false)
  await drawer.getByRole('link', { name: '工作日历' }).first().click()
  await drawer.getByRole('heading', { name: '工作日历与办公时间' }).waitFor()
  await p.page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  assert.ok(await mark.evaluate((e) => e === document.activeElement), 'the ? has the focus again')

  await p.page.locator('[data-row] a').first().click()
  await p.page.getByRole('button', { name: /^帮助：/ }).first().click()
  await drawer.waitFor()
  const place = drawer.locator('h3:focus')
  await place.waitFor()
  await p.look('help-of-a-word', false)
  await drawer.getByRole('button', { name: '整页查看' }).click()
  await p.page.waitForURL(/\/help\/[a-z-]+#[a-z-]+$/)
  await p.page.locator('h3:focus').waitFor()
  await p.look('guide')

  await p.visit('/help')
  await p.page.getByLabel('搜索指南').fill('四项')
  await p.page.getByRole('link', { name: '审核与四项确认' }).waitFor()
  assert.equal(await p.page.locator('.guide-list > li').count(), 1, 'only the guide that speaks of it')
  await p.look('guides-found')
}

// UI1: without a network every page says so, and recovers.
async function offline(p: Person) {
  await p.visit('/publish/reading')
  await p.network(false)
  const told = p.page.getByText('网络已断开')
  await told.waitFor()
  await p.look('offline')
  await p.network(true)
  await told.waitFor({ state: 'detached' })
  await p.row(/./).first().waitFor()
}

async function languages(p: Person) {
  await menu(p, 'English')
  await p.page.getByRole('heading', { level: 1, name: 'Reading' }).or(p.page.locator('html[lang=en] h1')).first().waitFor()
  await p.visit('/')
  const text = await p.page.locator('.shell-side, .page-title').first().innerText()
  assert.doesNotMatch(text.replace(/[^\n]*，|尹琳/g, ''), /[一-龥]/u, 'the menu speaks English')
  await p.look('english')
  await p.page.reload()
  assert.equal(await p.page.locator('html').getAttribute('lang'), 'en', 'the choice is remembered')
  await menu(p, '中文')
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
}

async function forms(p: Person) {
  await p.visit('/org/password')
  const [old, next, again] = [p.page.getByLabel('原密码'), p.page.getByLabel('新密码'), p.page.getByLabel('再输入一次')]
  await old.fill('not-My-0ld-one')
  await next.fill('Brand-new-77')
  await again.fill('Brand-new-77')
  p.expectRefusal(422, /^\/api\/org\/password$/)
  await p.press('修改密码')
  const item = p.page.locator('.ant-form-item', { has: old })
  await item.getByText('密码不正确').waitFor()
  assert.ok(await old.evaluate((e) => e === document.activeElement), 'the field has the focus')
  assert.deepEqual([await next.inputValue(), await again.inputValue()], ['Brand-new-77', 'Brand-new-77'], 'nothing typed is lost')
  await p.look('error-at-field')
}

async function strange(w: Walk, p: Person) {
  const other = await w.enter('市局信息员')
  await other.go('信息阅读')
  const href = await other.page.locator('[data-row] a').first().getAttribute('href')
  assert.match(href ?? '', /^\/publish\/items\//)
  p.expectRefusal(404, /^\/api\/publish\/items\//)
  await p.visit(href ?? '')
  await p.page.getByText('没有找到，或您无权查看').waitFor()
  await p.look('not-mine')
  await p.visit('/no/such/place')
  await p.page.getByRole('heading', { level: 1, name: '没有这个页面' }).waitFor()
  await p.look('no-such-page')
  await p.go('我的办公桌')
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
}

async function leave(p: Person) {
  await p.visit('/')
  await menu(p, '退出登录')
  await p.page.waitForURL('**/sign-in?t=qc-shuiwuting')
  await p.look('signed-out')
  await p.page.goBack()
  await p.page.waitForURL('**/sign-in*')
  assert.ok(!(await p.page.content()).includes('，您好'), 'nothing of the desk is left behind')
}
