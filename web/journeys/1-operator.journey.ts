// The platform's operator takes a new customer on; the first administrator
// follows the one-time link to a desktop of their own.
import assert from 'node:assert/strict'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'operator', walk } satisfies Journey

interface Unit { group: string; parent?: string; kind: string; name: string; short: string; slug: string; admin: string; login: string }

async function walk(w: Walk) {
  const op = await w.stranger()
  await op.visit('/console')
  await op.look('sign-in')
  await op.signIn(w.demo.who('平台运维'))
  await op.page.getByRole('heading', { level: 1, name: '单位' }).waitFor()
  await op.look('tenants')

  const group = `临江水务集团${w.mark}`
  await newGroup(op, group, `g-${w.mark}`)
  const hq: Unit = { group, kind: '总部', name: `${group}总部`, short: `临江总部${w.mark}`, slug: `hq-${w.mark}`, admin: '陈知远', login: `chen-${w.mark}` }
  const link = await newTenant(op, hq, 'first-tenant')
  const branch: Unit = { group, parent: hq.name, kind: '子公司', name: `临江供水公司${w.mark}`, short: `供水公司${w.mark}`, slug: `sub-${w.mark}`, admin: '周明慧', login: `zhou-${w.mark}` }
  assert.notEqual(await newTenant(op, branch), link, 'every administrator has a link of their own')

  await op.go('单位')
  await op.choose('所属集团', group)
  await op.row(hq.name).first().waitFor()
  await op.row(branch.name).first().waitFor()
  await op.page.waitForFunction(() => document.querySelectorAll('[data-row]').length === 2) // the group has the two tenants
  await op.look('tenants-of-group')

  await activate(w, hq, link)
  await op.page.reload()
  await op.row(hq.name).first().getByText('已启用').waitFor()
  await op.go('操作记录')
  await op.row(hq.name).first().waitFor()
  await op.look('audit')
  await op.go('容量与用量')
  await op.row(/./).first().waitFor()
  await op.look('usage')
  await op.visit(`/console?q=${hq.slug}`)
  await op.page.getByRole('link', { name: hq.name }).first().click()
  await op.page.getByText('首位管理员已启用账号').waitFor()
  await op.look('tenant')
  await op.go('账号安全')
  await op.page.getByText('本机').first().waitFor()
  await op.look('account')
}

async function newGroup(op: Person, name: string, slug: string) {
  await op.go('集团')
  await op.press('新建集团')
  const d = await op.opened('新建集团')
  await d.getByLabel('名称').fill(name)
  op.expectRefusal(422, /^\/api\/console\/groups$/)
  await d.getByLabel('代码').fill('有空 格')
  await op.press('保存', d)
  await d.getByText('只能用小写字母、数字和连字符', { exact: true }).waitFor()
  assert.equal(await d.getByLabel('名称').inputValue(), name, 'what was typed stays')
  await op.look('group-refused', false)
  await d.getByLabel('代码').fill(slug)
  await op.press('保存', d)
  await op.told(`已建立 ${name}`)
  await op.row(name).waitFor()
  await op.look('groups')
}

async function newTenant(op: Person, u: Unit, step?: string): Promise<string> {
  await op.go('单位')
  await op.press('新建单位')
  const d = await op.opened('新建单位')
  await op.choose('所属集团', u.group, d)
  if (u.parent) await op.choose('上级单位', u.parent, d)
  await op.choose('类别', u.kind, d)
  for (const [label, value] of [['全称', u.name], ['简称', u.short], ['代码', u.slug], ['首位管理员姓名', u.admin], ['首位管理员账号', u.login]] as const) {
    await d.getByLabel(label).fill(value)
  }
  if (step) await op.look(`${step}-form`, false)
  await op.press('建立', d)
  const secret = await op.opened('管理员启用链接')
  const link = await secret.getByRole('textbox').inputValue()
  if (step) await op.look(`${step}-link`, false)
  await op.press('已交付，关闭', secret)
  await secret.waitFor({ state: 'hidden' })
  await op.visit(`/console?q=${u.slug}`)
  await op.row(u.name).first().waitFor()
  return link
}

async function activate(w: Walk, u: Unit, link: string) {
  const admin = await w.stranger()
  await admin.visit(link)
  await admin.page.getByText(u.login).waitFor()
  await admin.page.getByText(u.name).waitFor()
  await admin.page.getByLabel('新密码', { exact: true }).fill('12345678')
  await admin.page.getByText('密码至少 8 位，并含字母、数字和特殊字符').waitFor()
  await admin.look('activate')
  await admin.page.getByLabel('新密码', { exact: true }).fill(`Hetu-${w.mark}-8`)
  await admin.page.getByLabel('再输入一次').fill(`Hetu-${w.mark}-8`)
  await admin.page.getByLabel('我已阅读并遵守').check()
  await admin.press('启用并登录')
  await admin.page.getByRole('heading', { level: 1, name: `${u.admin}，您好` }).waitFor()
  assert.ok(!admin.page.url().includes('#'), 'the token has left the address')
  await admin.look('desktop')
  await admin.go('人员')
  await admin.row(u.login).waitFor()
  await admin.look('members')

  const late = await w.stranger()
  late.expectRefusal(404, /^\/api\/org\/activations\/look$/)
  late.expectRefusal(422, /^\/api\/org\/activations\/look$/)
  await late.visit(link)
  await late.page.getByText('链接无效或已过期').waitFor()
  await late.look('link-used')
}
