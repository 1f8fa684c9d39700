// The administrator makes a department, takes a member in, appoints a head; the
// security administrator grants a role; the member comes in with a one-time password and sees to it
// where they are signed in.
import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'administrator', walk } satisfies Journey

interface Newcomer { department: string; name: string; login: string; once: string; own: string }

async function walk(w: Walk) {
  const admin = await w.enter('系统管理员')
  await admin.look('desktop')
  const n: Newcomer = { department: `水文处${w.mark}`, name: `苏文博${w.mark}`, login: `su-${w.mark}`, once: '', own: `Shuiwen-${w.mark}-9` }
  await addDepartment(admin, n.department)
  await lostRace(admin, await w.enter('系统管理员'), n.department)
  n.once = await addMember(admin, n)
  await appoint(admin, n)
  await grant(await w.enter('安全管理员'), n)
  await arrive(w, n)
}

async function addDepartment(admin: Person, name: string) {
  await admin.go('部门')
  await admin.page.locator('.ant-tree-title', { hasText: '省水务厅' }).first().click()
  await admin.press('新建部门')
  const d = await admin.opened('新建部门')
  await admin.press('保存', d)
  await d.getByText('请填写名称').waitFor()
  await d.getByLabel('名称').fill(name)
  await admin.look('department-form', false)
  await admin.press('保存', d)
  await admin.told(`已保存部门 ${name}`)
  await admin.page.locator('.ant-tree-title', { hasText: name }).click()
  await admin.page.getByRole('heading', { level: 2, name }).waitFor()
  await admin.look('departments')
}

// Two administrators change a department at once: whoever is later is told who was
// first and, having loaded what there is now, can go on from there.
async function lostRace(admin: Person, other: Person, name: string) {
  const rename = async (p: Person, now: string) => {
    const d = await p.opened('编辑部门')
    await d.getByLabel('名称').fill(now)
    await p.press('保存', d)
    return d
  }
  await other.go('部门')
  await other.page.locator('.ant-tree-title', { hasText: name }).click()
  await other.press('编辑')
  await admin.press('编辑')
  await rename(admin, `${name}甲`)
  await admin.told(`已保存部门 ${name}甲`)
  other.expectRefusal(409, /^\/api\/org\/departments\//)
  const mine = await rename(other, `${name}乙`)
  const lost = await other.opened('内容已被他人修改')
  await other.look('lost-race', false)
  await other.press('载入最新内容', lost)
  await mine.waitFor({ state: 'hidden' })
  await other.page.getByRole('heading', { level: 2, name: `${name}甲` }).waitFor()
  await other.press('编辑')
  await rename(other, name)
  await other.told(`已保存部门 ${name}`)
  await admin.page.reload()
  await admin.settle()
}

async function addMember(admin: Person, n: Newcomer): Promise<string> {
  await admin.go('人员')
  await admin.press('新增人员')
  const d = await admin.opened('新增人员')
  await d.getByLabel('姓名').fill(n.name)
  await admin.page.keyboard.press('Tab') // the account follows the name (R242), and gives way to what is typed
  await d.locator('input[value^="suwenbo"]').waitFor()
  await admin.page.keyboard.type(n.login)
  assert.equal(await d.getByLabel('账号').inputValue(), n.login)
  await admin.choose('部门', '信息中心', d, '信息中心')
  await d.getByLabel('职务').fill('一级主任科员')
  await admin.look('member-form', false)
  await admin.press('保存', d)
  const secret = await admin.opened('一次性密码')
  const once = await secret.getByRole('textbox').inputValue()
  assert.ok(once.length >= 8)
  await admin.look('one-time-password', false)
  await admin.press('已交付，关闭', secret)
  await secret.waitFor({ state: 'hidden' })
  assert.ok(!(await admin.page.content()).includes(once), 'the password is shown once')
  return once
}

async function appoint(admin: Person, n: Newcomer) {
  await admin.page.getByRole('searchbox').or(admin.page.getByLabel('姓名或账号')).first().fill(n.login)
  await admin.page.keyboard.press('Enter')
  await admin.row(n.login).getByRole('button', { name: n.name }).click()
  const drawer = await admin.opened(n.name)
  await admin.press('增加任职', drawer)
  const d = await admin.opened('增加任职')
  await admin.choose('部门', n.department, d, n.department)
  await d.getByLabel('职务').fill('处长')
  await d.getByLabel('主要任职').check()
  await d.getByLabel('是该部门负责人').check()
  await admin.press('保存', d)
  await admin.told('任职已增加')
  await drawer.getByText('负责人').waitFor()
  await admin.look('member-drawer', false)
  await promote(admin, drawer)
  await drawer.getByRole('button', { name: 'Close' }).or(drawer.locator('.ant-drawer-close')).first().click()
  await admin.go('部门')
  await admin.page.locator('.ant-tree-title', { hasText: n.department }).click()
  await admin.page.getByText(new RegExp(`负责人[：:]\\s*${n.name}`)).waitFor()
}

// An existing member's post is changed where it stands: another title, no longer the head and head again.
async function promote(admin: Person, drawer: Locator) {
  const post = drawer.getByRole('listitem').filter({ hasText: '负责人' })
  await post.getByRole('button', { name: '编辑' }).click()
  const d = await admin.opened('编辑任职')
  await d.getByLabel('职务').fill('一级调研员、处长')
  await d.getByLabel('是该部门负责人').uncheck()
  await admin.look('post-form', false)
  await admin.press('保存', d)
  await admin.told('任职已保存')
  const now = drawer.getByRole('listitem').filter({ hasText: '一级调研员、处长' })
  await now.getByText('负责人', { exact: true }).waitFor({ state: 'detached' })
  await d.waitFor({ state: 'hidden' })
  await now.getByRole('button', { name: '编辑' }).click()
  const again = await admin.opened('编辑任职')
  await again.getByLabel('是该部门负责人').check()
  await admin.press('保存', again)
  await now.getByText('负责人', { exact: true }).waitFor()
}

// A role of the unit's own: made, given another name, deleted.
async function ownRole(admin: Person, name: string) {
  await admin.press('新建角色')
  const d = await admin.opened('新建角色')
  await d.getByLabel('角色名称').fill(name)
  await d.getByRole('checkbox', { name: '阅读信息' }).check()
  await admin.look('role-form', false)
  await admin.press('保存', d)
  await admin.told(`已保存角色 ${name}`)
  const panel = admin.page.locator('.ant-collapse-item', { hasText: name })
  await panel.locator('.ant-collapse-header').click()
  await panel.getByRole('button', { name: '编辑' }).click()
  const again = await admin.opened('编辑角色')
  await again.getByLabel('角色名称').fill(`${name}甲`)
  await admin.press('保存', again)
  await admin.told(`已保存角色 ${name}甲`)
  await panel.filter({ hasText: `${name}甲` }).getByRole('button', { name: '删除' }).click()
  await admin.press('删除', await admin.opened(`删除角色“${name}甲”？`))
  await admin.told(`已删除角色 ${name}甲`)
}

async function grant(admin: Person, n: Newcomer) {
  await admin.go('角色与授权')
  await admin.press('授权', admin.page.getByRole('main').locator('.page-extra'))
  const d = await admin.opened('授权')
  await admin.choose('人员', n.name, d, n.name)
  await admin.choose('角色', '信息', d)
  await admin.look('grant-form', false)
  await admin.press('授予', d)
  await admin.told('已授权')
  await admin.row(n.login).waitFor()
  await admin.look('grants')
  await admin.page.getByRole('tab', { name: '角色' }).click()
  await admin.page.locator('.ant-collapse-header').first().click()
  await admin.look('roles')
  await ownRole(admin, `资料员${n.login}`)
}

async function arrive(w: Walk, n: Newcomer) {
  const door = w.demo.who('系统管理员').door
  const p = await w.stranger()
  await p.signIn({ door, role: '', tenant: '', login: n.login, password: n.once })
  await p.page.getByRole('heading', { level: 1, name: '设置自己的密码' }).waitFor()
  await p.look('first-password')
  await p.page.getByLabel('原密码').fill(n.once)
  await p.page.getByLabel('新密码').fill(n.own)
  await p.page.getByLabel('再输入一次').fill(`${n.own}x`)
  await p.press('修改密码')
  await p.page.getByText('两次输入不一致').waitFor()
  await p.page.getByLabel('再输入一次').fill(n.own)
  await p.page.getByLabel('我已阅读并遵守').check()
  await p.press('修改密码')
  await p.page.getByRole('heading', { level: 1, name: `${n.name}，您好` }).waitFor()
  await p.look('member-desktop')

  const elsewhere = await w.enter({ door, role: '', tenant: '', login: n.login, password: n.own })
  await p.page.getByRole('button', { name: `${n.name} 的菜单` }).click()
  await p.page.getByRole('menuitem', { name: '登录设备' }).click()
  await p.row('本机').waitFor()
  assert.equal(await p.row(/./).count(), 2, 'two windows are signed in')
  await p.look('sessions')
  await p.row(/./).filter({ hasNotText: '本机' }).getByRole('button', { name: '退出' }).click()
  await p.press('退出', await p.opened('退出登录？'))
  await p.told('已退出登录')
  await p.row(/./).nth(1).waitFor({ state: 'detached' })
  elsewhere.expectRefusal(401, /^\/api\//)
  await elsewhere.go('信息阅读')
  await elsewhere.dialog('请重新登录').waitFor()
  await elsewhere.look('session-ended', false)
}
