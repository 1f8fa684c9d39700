// A list of units is checked and made; a new unit is brought in, from the plan
// its head files to the notice that it is live.
import assert from 'node:assert/strict'
import type { Person } from './person'
import type { Journey, Walk } from './walk'
import { does } from './xss'

export default { name: 'onboarding', walk } satisfies Journey

async function walk(w: Walk) {
  const op = await w.stranger()
  await op.visit('/console')
  await op.signIn(w.demo.who('平台运维'))
  await op.page.getByRole('heading', { level: 1, name: '单位' }).waitFor()
  await lists(op, w.mark)

  const unit = `云岭水文站${w.mark}`
  const filer = await w.enter('系统管理员')
  await filer.visit('/settings/plan')
  await filer.page.getByText('到期日').first().waitFor()
  await filer.look('own-plan')
  await file(filer, unit, w.mark)
  const link = await accept(op, unit)
  const admin = await activate(w, link)
  await prepare(op)
  await own(admin)
  await live(op)
  await admin.visit('/onboard/notice')
  await admin.page.getByText('信息中心 内线 8000').waitFor()
  await admin.look('notice')
  await plan(op, unit)
  await admin.visit('/settings/support')
  await admin.page.getByText('没有查看请求').waitFor()
  await admin.look('support')
  await filer.visit('/settings/templates')
  await filer.page.getByRole('heading', { level: 1, name: '单位范本' }).waitFor()
  await filer.look('templates')
}

const HEAD = '全称,简称,代码,类别,上级代码,管理员姓名,管理员账号,人数上限,空间（GB）,到期日,停用模块,域名\n'

async function lists(op: Person, mark: string) {
  await op.go('批量建立')
  await bring(op, `${HEAD}第一分局,一分局,Bad_Code,局,,张敏,zhangmin,多,,,,\n第二分局,二分局,f2-${mark},局,,李强,liqiang,80,50,2027-12-31,考核,\n`)
  await op.page.getByText('有 1 行不能建立').waitFor()
  await op.page.getByText('只能用小写字母、数字和连字符').first().waitFor()
  assert.ok(await op.page.getByRole('button', { name: '建立' }).first().isDisabled(), 'a faulty list cannot be made')
  await op.look('list-faulty')
  await op.go('批量建立')
  await bring(op, `${HEAD}第一分局,一分局,f1-${mark},局,,张敏,zhangmin,60,20,,,\n第二分局,二分局,f2-${mark},局,f1-${mark},李强,liqiang,80,50,2027-12-31,考核,\n`)
  await op.page.getByText('全部可以建立').waitFor()
  await op.press('建立')
  await op.press('建立', op.page.getByRole('dialog').last())
  await op.page.getByText('单位都已建立').waitFor({ timeout: 30_000 })
  await op.look('list-made')
}

async function bring(op: Person, text: string) {
  await op.press('导入清单')
  const d = await op.opened('导入清单')
  await d.getByRole('combobox', { name: '所属集团' }).click()
  await op.page.locator('.ant-select-item-option').first().click()
  await d.locator('input[type=file]').setInputFiles({ name: '单位清单.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
  await op.press('检查', d)
}

async function file(filer: Person, unit: string, mark: string) {
  await filer.visit('/onboard')
  await filer.press('申报新单位')
  const d = await filer.opened('申报新单位')
  for (const [label, value] of [['全称', unit], ['简称', '水文站'], ['代码', `hydro-${mark}`], ['人数', '12'], ['负责人姓名', '李强'], ['负责人联系方式', '内线 8012'],
    ['首位管理员姓名', '张敏'], ['首位管理员账号', 'zhangmin'], ['办公用房装修日期', '2027-03-01'], ['布线需求', '办公室六间，每间两个信息点']] as const) {
    await d.getByLabel(label, { exact: true }).fill(value)
  }
  await filer.look('file', false)
  await filer.press('申报新单位', d)
  await filer.told(`已申报 ${unit}`)
  await filer.row(unit).first().waitFor()
  await filer.look('filed')
}

async function accept(op: Person, unit: string): Promise<string> {
  await op.go('新单位接入')
  await op.row(unit).first().waitFor()
  await op.look('onboardings')
  await op.page.getByRole('link', { name: unit }).click()
  await op.page.getByRole('button', { name: '同意', exact: true }).click()
  const d = await op.opened(`同意 ${unit} 接入`)
  await op.choose('开通范本', '标准单位（系统自带）', d)
  await op.press('同意', d)
  const secret = await op.opened('管理员启用链接')
  const link = await secret.getByRole('textbox').inputValue()
  await op.press('已交付，关闭', secret)
  await op.page.getByText('实施方案').waitFor()
  await op.look('accepted')
  return link
}

async function activate(w: Walk, link: string): Promise<Person> {
  const admin = await w.stranger()
  await admin.visit(link)
  await admin.page.getByLabel('新密码', { exact: true }).fill(`Hetu-${w.mark}-8`)
  await admin.page.getByLabel('再输入一次').fill(`Hetu-${w.mark}-8`)
  const agree = admin.page.getByRole('checkbox').first()
  if (await agree.count()) await agree.check()
  await admin.page.getByLabel('我已阅读并遵守').check()
  await admin.press('启用并登录')
  await admin.page.getByRole('heading', { level: 1, name: '张敏，您好' }).waitFor()
  return admin
}

async function prepare(op: Person) {
  await op.page.getByRole('checkbox', { name: '培训' }).click()
  await op.page.getByRole('checkbox', { name: '培训', checked: true }).waitFor()
  await op.press('备妥')
  await op.told('已按期备妥')
  assert.ok(await op.page.getByRole('button', { name: '上线' }).isDisabled(), 'not without its own steps')
}

async function own(admin: Person) {
  const departments = await admin.page.evaluate(async () => (await (await fetch('/api/org/departments')).json() as { items: { id: string; parent_id: string | null }[] }).items)
  const at = departments.filter((d) => d.parent_id).map((d) => d.id)
  for (const [i, name] of ['陈立', '周宁', '孙悦'].entries()) {
    await does(admin, { method: 'POST', path: '/org/members', body: { name, login: `m${i}-${Date.now() % 1e6}`, department_id: at[i % at.length], title: '科员', head: false } })
  }
  await admin.visit('/onboard')
  await admin.page.getByText('本单位的接入').waitFor()
  await admin.look('own-steps')
  await admin.press('指定管理员')
  const d = await admin.opened('指定管理员')
  for (const [duty, name] of [['部门管理员', '陈立'], ['文档管理员', '周宁'], ['人事管理员', '孙悦']] as const) await admin.choose(duty, name, d, name)
  await admin.press('保存', d)
  await admin.told('已指定三位管理员')
  await admin.look('named')
}

async function live(op: Person) {
  await op.page.reload()
  await op.press('上线')
  const d = await op.opened('上线通知')
  await d.getByLabel('可用功能').fill('信息发布、报送、考核')
  await d.getByLabel('联系人').fill('信息中心 内线 8000')
  await op.press('上线', d)
  await op.told('已上线')
  await op.look('live')
}

async function plan(op: Person, unit: string) {
  await op.page.getByRole('link', { name: /^hydro-/ }).click()
  await op.page.getByRole('heading', { level: 1, name: unit }).waitFor()
  await op.press('调整套餐')
  const d = await op.opened('调整')
  await d.getByRole('checkbox', { name: '考核' }).uncheck()
  await d.getByLabel(/^人数/).fill('20')
  await d.getByLabel('到期日').fill('2027-12-31')
  await d.getByLabel('到期日').blur()
  await op.look('plan', false)
  await op.press('保存', d)
  await op.told('已保存')
  await op.page.getByText('考核（停用）').waitFor()
  await op.look('tenant')
}
