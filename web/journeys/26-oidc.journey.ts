// A unit's own provider of identities (OpenID Connect), from its settings to the door: set up and tried out, linked by
// a member with their password, come in by to the page they wanted, refused to whoever is unknown and to whoever brings
// what another has used (AN-07), known by login where that is set, and taken away. Then a directory (LDAP) and WeCom (R383).
import assert from 'node:assert/strict'
import type { Locator } from 'playwright-core'
import { Directory } from './directory'
import { Issuer, type Known } from './issuer'
import { ask, type Newcomer, newcomer, own, totp } from './newcomer'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'oidc', alone: true, walk } satisfies Journey

interface Scene { w: Walk; issuer: Issuer; admin: Person; door: string; name: string }

const FINISH = /^\/api\/identity\/sign-in\/(finish|password)$/

async function walk(w: Walk) {
  const issuer = await Issuer.start()
  try {
    issuer.redirect = `${w.demo.url}/sign-in/return`
    const admin = await w.enter('系统管理员')
    const s = { w, issuer, admin, door: w.demo.who('系统管理员').door, name: w.narrow ? '水利统一认证' : '省厅统一认证' }
    await setUp(s)
    const song = await newcomer(admin, { name: `宋知远${w.mark}`, login: `song-${w.mark}`, password: `Zhiyuan-${w.mark}-7` })
    const p = await link(s, song)
    await comeIn(s, p, song)
    await unknown(s)
    await second(s, p, song)
    await unlinked(s, p, song)
    await byLogin(s)
    await byDirectory(s)
    await byWeCom(s)
    await takenAway(s)
  } finally {
    await issuer.stop()
  }
}

// The settings

async function setUp({ issuer, admin, name }: Scene) {
  admin.expectRefusal(422, /^\/api\/identity\/providers/)
  await admin.go('登录方式')
  await admin.look('ways')
  const d = await adding(admin, '统一身份认证（OpenID Connect）')
  await admin.press('保存', d)
  await d.getByText('请填写名称').waitFor()
  await d.getByLabel('名称').fill(name)
  await d.getByLabel('服务地址').fill('http://10.1.2.3/realms/oa')
  await d.getByLabel('客户端编号').fill(issuer.client)
  await d.getByLabel('客户端密钥').fill(issuer.secret)
  await admin.press('保存', d)
  await d.getByText('内网地址须由服务器管理员先列入允许的网段').waitFor()
  await admin.look('address-refused', false)
  await d.getByLabel('服务地址').fill(`${issuer.url}/realms/none`)
  await admin.press('保存', d)
  await admin.told(`“${name}”已保存`)
  await admin.press('测试连接', line(admin, name))
  await admin.told('地址上没有发布说明文件')
  await admin.look('test-failed', false)
  await admin.press('修改', line(admin, name))
  const again = await admin.opened(name)
  await again.getByLabel('服务地址').fill(issuer.url)
  await admin.press('保存', again)
  await again.getByText('密钥须重新填写').last().waitFor()
  await admin.look('secret-again', false)
  await again.getByLabel('客户端密钥').fill(issuer.secret)
  await admin.press('保存', again)
  await again.waitFor({ state: 'hidden' })
  await admin.press('测试连接', line(admin, name))
  await admin.told(`“${name}”连接正常`)
  await admin.press('启用', line(admin, name))
  await admin.told(`“${name}”已启用，登录页将显示它`)
  await admin.look('enabled')
}

async function adding(admin: Person, kind: string) {
  await admin.press('新增登录方式')
  await admin.page.locator('.ant-dropdown-menu-item').filter({ hasText: kind }).click()
  return admin.opened(kind)
}

const line = (p: Person, name: string) => p.page.locator('.lines > li').filter({ hasText: name })

// The member

async function menu(p: Person, item: string) {
  await p.page.getByRole('button', { name: / 的菜单$/ }).click()
  await p.page.locator('.ant-dropdown-menu-item').filter({ hasText: item }).click()
}

async function link({ w, issuer, door, name }: Scene, n: Newcomer): Promise<Person> {
  issuer.people.push({ sub: `sso-${n.login}`, name: n.name, login: n.login })
  const p = await w.stranger()
  p.expectRefusal(422, /^\/api\/identity\/mine\/begin$/)
  await p.visit(door)
  await own(p, n, slug(door))
  await p.visit('/')
  await menu(p, '我的登录方式')
  await p.page.getByRole('heading', { level: 1, name: '我的登录方式' }).waitFor()
  await p.look('mine')
  await p.press('绑定', line(p, name))
  const d = await p.opened(`绑定“${name}”`)
  await d.getByLabel('您在本系统的密码').fill('Wrong-2026!')
  await p.press('前往登录', d)
  await d.getByText('密码不正确').waitFor()
  await p.look('own-password', false)
  await d.getByLabel('您在本系统的密码').fill(n.password)
  await p.press('前往登录', d)
  await as(p, n.name)
  await p.page.getByText(`已绑定“${name}”`).waitFor()
  assert.equal(new URL(p.page.url()).searchParams.get('code'), null)
  await p.look('linked')
  return p
}

const slug = (door: string) => new URL(door, 'http://x').searchParams.get('t') ?? ''

// Picks who one is on the provider's own page.
async function as(p: Person, name: string) {
  await p.page.getByRole('link', { name, exact: true }).click()
}

async function by(p: Person, name: string) {
  await p.page.getByRole('button', { name: `使用“${name}”登录` }).click()
}

// Out by the menu, back by a link that was kept: at the unit's own door, and by the provider to where the link leads.
async function comeIn({ w, name }: Scene, p: Person, n: Newcomer) {
  await menu(p, '退出登录')
  await p.page.getByRole('button', { name: `使用“${name}”登录` }).waitFor()
  await p.visit('/access')
  await p.page.getByRole('button', { name: `使用“${name}”登录` }).waitFor()
  await p.look('sign-in')
  let back = ''
  p.page.on('request', (r) => { if (r.isNavigationRequest() && r.url().includes('/sign-in/return?')) back = r.url() })
  await by(p, name)
  await as(p, n.name)
  await p.page.getByRole('heading', { level: 1, name: '我的权限' }).waitFor()
  assert.equal(new URL(p.page.url()).search, '', 'nothing that was brought back stays in the address')
  await p.look('where-they-wanted')
  // Whoever has seen the address has nothing (AN-07), nor has the same browser once more.
  const thief = await w.stranger()
  for (const q of [thief, p]) {
    q.expectRefusal(401, FINISH)
    await q.visit(back)
    await q.page.getByText('登录已超时或已使用过').waitFor()
    await q.page.reload()
    await q.page.getByText('登录已超时或已使用过').waitFor()
  }
  await thief.look('used-before')
  await p.visit('/access')
  await p.page.getByRole('heading', { level: 1, name: '我的权限' }).waitFor()
}

async function unknown({ w, issuer, door, name }: Scene) {
  issuer.people.push({ sub: 'sso-2002', name: '外单位人员', login: 'waidanwei' })
  const p = await w.stranger()
  p.expectRefusal(401, FINISH)
  await p.visit(`${door}&next=%2Faccess`)
  await by(p, name)
  await as(p, '外单位人员')
  await p.page.getByText('尚未绑定本单位的账号').waitFor()
  await p.look('unknown')
  await p.page.getByRole('link', { name: '返回登录页' }).click()
  assert.equal(new URL(p.page.url()).searchParams.get('next'), '/access', 'where they wanted to go is kept')
  await by(p, name)
  await as(p, '取消登录')
  await p.page.getByText('对方没有确认您的身份').waitFor()
}

// A second factor of one's own is asked for after the provider as after a password (ADR 0022).
async function second({ name }: Scene, p: Person, n: Newcomer) {
  p.expectRefusal(401, /^\/api\/org\/sign-in\/second$/)
  const begun = await ask<{ ticket: string; secret: string }>(p, 'POST', '/api/factor/mine/totp/begin', { password: n.password })
  await ask(p, 'POST', '/api/factor/mine/totp', { ticket: begun.ticket, code: totp(begun.secret, 0) })
  await p.page.reload()
  await menu(p, '退出登录')
  await by(p, name)
  await as(p, n.name)
  await p.page.getByLabel('验证码').fill('000000')
  await p.press('确认登录')
  await p.page.getByText('验证不通过').waitFor()
  await p.look('second')
  await p.page.getByLabel('验证码').fill(totp(begun.secret, 1))
  await p.press('确认登录')
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
}

const close = (drawer: Locator) => drawer.locator('.ant-drawer-close').first().click()

async function unlinked({ admin, name }: Scene, p: Person, n: Newcomer) {
  p.expectRefusal(401, /^\/api\//) // what its page asks for when its session has ended
  await admin.visit('/settings/identity')
  await line(admin, name).getByText('已绑定 1 人').waitFor()
  await admin.press('绑定人员', line(admin, name))
  const drawer = admin.page.locator('.ant-drawer')
  await drawer.getByRole('listitem').filter({ hasText: n.name }).getByText(/· 本人绑定 .* · 最近登录 /).waitFor()
  await admin.look('links', false)
  await admin.press('解除', drawer)
  const asked = await admin.opened(`解除“${n.name}”的绑定？`)
  await admin.look('unlink', false)
  await admin.press('解除', asked)
  await admin.told('已解除')
  await drawer.getByText('还没有人绑定').waitFor()
  await close(drawer)
  // The session that began by it is over, and so is the way.
  await p.visit('/access')
  await by(p, name)
  await as(p, n.name)
  await p.page.getByText('尚未绑定本单位的账号').waitFor()
}

// Whoever is not linked may be known by their login; who administers never is.
async function byLogin({ w, issuer, admin, door, name }: Scene) {
  const n = await newcomer(admin, { name: `许南舟${w.mark}`, login: `xu-${w.mark}`, password: `Nanzhou-${w.mark}-7` })
  await admin.press('修改', line(admin, name))
  const d = await admin.opened(name)
  await d.getByLabel('按登录名自动识别').click()
  await admin.look('settings', false)
  await admin.press('保存', d)
  await d.waitFor({ state: 'hidden' })
  const boss: Known = { sub: 'sso-3003', name: '系统管理员本人', login: w.demo.who('系统管理员').login }
  issuer.people.push(boss, { sub: 'sso-4004', name: n.name, login: n.login.toUpperCase() })
  const p = await w.stranger()
  p.expectRefusal(401, FINISH)
  await p.visit(door)
  await own(p, n, slug(door)) // the first time here is with the password that was handed over
  await p.visit('/')
  await menu(p, '退出登录')
  await by(p, name)
  await as(p, boss.name)
  await p.page.getByText('管理员须先用密码登录').waitFor()
  await p.page.getByRole('link', { name: '返回登录页' }).click()
  await by(p, name)
  await as(p, n.name)
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
  await p.look('by-login')
  await admin.visit('/settings/identity')
  await admin.press('绑定人员', line(admin, name))
  const drawer = admin.page.locator('.ant-drawer')
  await drawer.getByRole('listitem').getByText(/· 按登录名识别 /).waitFor()
  await admin.press('解除', drawer)
  await (await admin.opened(`解除“${n.name}”的绑定？`)).getByText('下次由它登录时会重新绑定').waitFor()
  await admin.press('取消', admin.page.getByRole('dialog').last())
  await close(drawer)
}

// A directory: what is typed is asked of it, and wrong as it is wrong here.
async function byDirectory({ w, admin, door }: Scene) {
  const n = await newcomer(admin, { name: `汪予安${w.mark}`, login: `wang-${w.mark}`, password: `Yuan-${w.mark}-77` })
  const directory = await Directory.start(
    { dn: 'cn=hetu,dc=example,dc=cn', password: 'search-word', attributes: {} },
    { dn: 'uid=wangya,ou=people,dc=example,dc=cn', password: 'Directory-1!', attributes: { uid: 'wangya', entryUUID: `e-${w.mark}` } },
  )
  const name = w.narrow ? '水利目录' : '单位目录'
  try {
    await admin.visit('/settings/identity')
    await directorySetUp(admin, directory, name)
    const p = await w.stranger()
    p.expectRefusal(401, FINISH)
    p.expectRefusal(422, /^\/api\/identity\/mine\/password$/)
    await p.visit(door)
    await own(p, n, slug(door))
    await p.visit('/org/identities')
    await p.press('绑定', line(p, name))
    const d = await p.opened(`绑定“${name}”`)
    await d.getByLabel('您在本系统的密码').fill(n.password)
    await d.getByLabel(`“${name}”的登录名`).fill('wangya')
    await d.getByLabel(`“${name}”的密码`).fill('wrong')
    await p.press('绑定', d)
    await d.getByText('对方的登录名或密码不正确').waitFor()
    await p.look('link-directory', false)
    await d.getByLabel(`“${name}”的密码`).fill('Directory-1!')
    await p.press('绑定', d)
    await p.page.getByText(`已绑定“${name}”`).waitFor()
    await menu(p, '退出登录')
    await by(p, name)
    await p.page.getByLabel(`“${name}”的登录名`).fill('wangya')
    await p.page.getByLabel(`“${name}”的密码`).fill('wrong')
    await p.press('登录')
    await p.page.getByText('账号或密码不正确').waitFor()
    await p.look('directory')
    await p.page.getByLabel(`“${name}”的密码`).fill('Directory-1!')
    await p.press('登录')
    await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
    await removed(admin, name)
  } finally {
    await directory.stop()
  }
}

async function directorySetUp(admin: Person, directory: Directory, name: string) {
  const d = await adding(admin, '目录服务（LDAP、AD）')
  await d.getByLabel('名称').fill(name)
  await d.getByLabel('服务器地址').fill(directory.address)
  await d.getByLabel('查询起点').fill('dc=example,dc=cn')
  await d.getByLabel('查询账号（DN）').fill('cn=hetu,dc=example,dc=cn')
  await d.getByLabel('查询账号的密码').fill('search-word')
  await admin.page.getByText('更多设置').click()
  await admin.pick('不加密', d)
  await admin.look('directory-form', false)
  await admin.press('保存', d)
  await admin.told(`“${name}”已保存`)
  await admin.press('测试连接', line(admin, name))
  await admin.told(`“${name}”连接正常`)
  await admin.press('启用', line(admin, name))
  await admin.told(`“${name}”已启用`)
}

// The demonstration's stand-in for WeCom has a page of its own.
async function byWeCom({ w, door }: Scene) {
  const p = await w.stranger()
  await p.visit(door)
  await by(p, '企业微信')
  await p.page.getByRole('heading', { name: '以谁的企业微信登录？' }).waitFor()
  await p.page.getByRole('link').first().click()
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
  await again(p)
}

// The session ends over a page that stays: whoever came by a provider comes back by it in another window.
async function again(p: Person) {
  p.expectRefusal(401, /^\/api\//)
  await p.visit('/org/book')
  const typed = p.page.getByPlaceholder('姓名、部门、职务或电话')
  await typed.fill('水资源')
  await p.context.clearCookies()
  await typed.press('Enter')
  const d = await p.opened('请重新登录')
  await p.look('again', false)
  const opened = p.context.waitForEvent('page')
  await d.getByRole('link', { name: '在新窗口用其他方式登录' }).click()
  const other = await opened
  await other.getByRole('button', { name: '使用“企业微信”登录' }).click()
  await other.getByRole('link').first().click()
  await other.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
  await other.close()
  await p.page.evaluate(() => { window.dispatchEvent(new Event('focus')) })
  await d.waitFor({ state: 'hidden' })
  assert.equal(await typed.inputValue(), '水资源', 'what was typed is still there')
  await p.page.getByText('水资源处').first().waitFor()
}

async function takenAway({ w, admin, door, name }: Scene) {
  await admin.visit('/settings/identity')
  await admin.pick('只有管理员可以用密码登录')
  await admin.press('保存')
  const asked = await admin.opened('停用管理员以外人员的密码登录？')
  await admin.look('passwords-off-ask', false)
  await admin.press('确定', asked)
  await admin.told('密码登录规定已保存')
  const p = await w.stranger()
  await p.visit(door)
  await p.page.getByRole('button', { name: `使用“${name}”登录` }).waitFor()
  assert.equal(await p.page.getByLabel('密码', { exact: true }).count(), 0)
  await p.look('passwords-off')
  await p.press('管理员用密码登录')
  await p.page.getByLabel('密码', { exact: true }).waitFor()
  await admin.pick('所有人可以用密码登录')
  await admin.press('保存')
  await admin.told('密码登录规定已保存')
  await removed(admin, name)
  await admin.look('removed')
  await p.visit(door)
  await p.page.getByLabel('密码', { exact: true }).waitFor()
  assert.equal(await p.page.getByRole('button', { name: `使用“${name}”登录` }).count(), 0)
}

async function removed(admin: Person, name: string) {
  await admin.visit('/settings/identity')
  await admin.press('停用', line(admin, name))
  await admin.press('停用', await admin.opened(`停用“${name}”？`))
  await admin.told(`“${name}”已停用`)
  await admin.press('删除', line(admin, name))
  await admin.press('删除', await admin.opened(`删除“${name}”？`))
  await admin.told(`“${name}”已删除`)
}
