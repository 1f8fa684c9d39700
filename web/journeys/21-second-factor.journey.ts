// Somebody new sets up an authenticator app, comes in with its code, adds a passkey (an authenticator of the browser's
// own, over its developer protocol: R355) and comes in with that, then with a recovery code; makes an API token and ends it; two
// administrators take the lost factor away.
import assert from 'node:assert/strict'
import { ask, type Newcomer, newcomer, own, password, totp } from './newcomer'
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'second-factor', walk } satisfies Journey

async function walk(w: Walk) {
  const here = w.demo.url.replace('127.0.0.1', 'localhost') // a passkey is bound to a name
  const admin = await w.enter('系统管理员')
  const n = await newcomer(admin, { name: `程雨桐${w.mark}`, login: `cheng-${w.mark}`, password: `Yutong-${w.mark}-7` })
  const door = w.demo.who('系统管理员').door
  const p = await w.stranger()
  p.expectRefusal(401, /^\/api\//) // what the page asks of itself while nobody is signed in, and a wrong code
  p.expectRefusal(422, /\/totp$/)
  await p.page.goto(here + door)
  await own(p, n, new URL(here + door).searchParams.get('t') ?? '')
  await p.page.goto(`${here}/org/security`)
  const { secret, codes } = await authenticator(p, n)
  await leave(p, here + door)
  await password(p, n)
  await p.page.getByLabel('验证码').fill('000000')
  await p.press('确认登录')
  await p.page.getByText('验证不通过').waitFor()
  await p.look('code')
  await p.page.getByLabel('验证码').fill(totp(secret, 1))
  await p.press('确认登录')
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
  await passkey(p, here, n)
  await leave(p, here + door)
  await password(p, n)
  await p.look('passkey-or-code')
  await p.press('使用通行密钥')
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
  await leave(p, here + door)
  await password(p, n)
  await p.press('改用恢复码')
  await p.look('recovery')
  await p.page.getByLabel('恢复码').fill(codes[0] ?? '')
  await p.press('确认登录')
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
  await token(p, here, n)
  await lost(w, admin, p, n)
}

async function leave(p: Person, door: string) {
  await ask(p, 'POST', '/api/org/sign-out')
  await p.page.goto(door)
  await p.settle()
}

async function authenticator(p: Person, n: Newcomer): Promise<{ secret: string; codes: string[] }> {
  await p.settle()
  await p.look('nothing-set-up')
  await p.press('设置验证器')
  const d = await p.opened('设置验证器')
  await d.getByLabel('您的登录密码').fill(n.password)
  await p.press('下一步', d)
  await d.locator('.factor-secret').waitFor()
  await p.look('scan', false)
  const secret = (await d.locator('.factor-secret').innerText()).replaceAll(/\s/g, '')
  await d.getByLabel('验证码').fill('000000')
  await p.press('核对并启用', d)
  await d.getByText('验证码不正确').waitFor()
  await d.getByLabel('验证码').fill(totp(secret, 0))
  await p.press('核对并启用', d)
  await d.locator('.factor-codes').waitFor()
  await p.look('recovery-codes', false)
  const codes = await d.locator('.factor-codes li').allInnerTexts()
  assert.equal(codes.length, 10)
  await d.getByLabel('我已保存好恢复码').check()
  await p.press('完成', d)
  await p.page.getByText('还有 10 个恢复码可用').waitFor()
  await p.look('set-up')
  return { secret, codes }
}

async function passkey(p: Person, here: string, n: Newcomer) {
  const browser = await p.context.newCDPSession(p.page)
  await browser.send('WebAuthn.enable')
  await browser.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } })
  await p.page.goto(`${here}/org/security`)
  await p.settle()
  await p.press('添加通行密钥')
  const d = await p.opened('添加通行密钥')
  await d.getByLabel('名称').fill('办公室电脑')
  await d.getByLabel('您的登录密码').fill(n.password)
  await p.press('下一步', d)
  await p.told('通行密钥已添加')
  await p.page.getByText('办公室电脑').waitFor()
  await p.look('passkeys')
}

async function token(p: Person, here: string, n: Newcomer) {
  await p.page.goto(`${here}/org/tokens`)
  await p.settle()
  await p.press('新建令牌')
  const d = await p.opened('新建令牌')
  await d.getByLabel('用途').fill('每日报表')
  await d.getByLabel('权限').click()
  await p.page.keyboard.type('本人')
  await p.page.keyboard.press('Enter')
  await p.page.keyboard.press('Escape')
  await d.getByLabel('您的登录密码').fill(n.password)
  await p.look('new-token', false)
  await p.press('生成', d)
  const shown = await p.opened('新的接口令牌')
  const secret = await shown.getByRole('textbox').inputValue()
  const status = (path: string) => p.page.evaluate(async ([path, secret]) => {
    const answer = await fetch(path, { credentials: 'omit', headers: { Authorization: `Bearer ${secret}` } })
    await answer.text()
    return answer.status
  }, [path, secret] as const)
  p.expectRefusal(403, /^\/api\/org\/me$/)
  assert.deepEqual([await status('/api/message/notices'), await status('/api/org/me')], [200, 403], 'the program may what its token says')
  await p.press('已交付，关闭', shown)
  await p.look('tokens')
  await p.press('作废', p.row('每日报表'))
  await p.press('作废', await p.opened('作废令牌“每日报表”？'))
  await p.told('已作废')
}

// Everything is lost: one administrator asks, another confirms, and the password alone opens again.
async function lost(w: Walk, admin: Person, p: Person, n: Newcomer) {
  await admin.go('登录验证与令牌')
  await admin.press('申请重置')
  const d = await admin.opened('申请重置')
  await admin.choose('人员', n.name, d, n.name)
  await d.getByLabel('原因与核实方式').fill('手机遗失，本人持工作证到场')
  await admin.press('申请重置', d)
  await admin.told('等待另一位管理员确认')
  await admin.row(n.login).getByText('待另一位管理员确认').waitFor()
  await admin.look('reset-asked')
  const other = await w.enter('安全管理员')
  await other.go('登录验证与令牌')
  await other.press('确认重置', other.row(n.login))
  await other.look('reset-confirm', false)
  await other.press('确认重置', await other.opened(`确认重置“${n.name}”的登录验证？`))
  await other.told('已重置')
  await other.look('resets')
  const door = w.demo.url.replace('127.0.0.1', 'localhost') + w.demo.who('系统管理员').door
  await p.page.goto(door)
  await p.settle()
  await password(p, n)
  await p.page.getByRole('heading', { level: 1, name: '，您好' }).waitFor()
}
