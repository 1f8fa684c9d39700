// Somebody asks for a right; the head of their department agrees, the office
// approves, and it is there. The auditor sees why. Then the security
// administrator withholds it for a time, and lifts that.
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'rights', alone: true, walk } satisfies Journey

let RIGHT = ''

async function walk(w: Walk) {
  RIGHT = w.narrow ? '查看全部目标进展' : '查看全部考核结果' // the other walk has got the other one
  const [staff, office, auditor, security] = [await w.enter('处室工作人员'), await w.enter('办公室信息员'), await w.enter('安全审计员'), await w.enter('安全管理员')]
  const me = await ask(staff)
  const head = await w.enter('规划处负责人')
  await decide(head, '工作需要，同意。', 'head')
  await decide(office, '同意。', 'office')
  await staff.visit('/access')
  await staff.row(RIGHT).getByText('已生效').first().waitFor()
  await staff.page.getByRole('listitem').filter({ hasText: RIGHT }).getByText('审批记录').waitFor()
  await staff.look('mine')
  await explain(auditor)
  await withhold(security, me)
  staff.expectRefusal(403, /^\/api\//)
  await staff.visit('/access')
  await staff.page.getByText(`已暂停：${RIGHT}`).first().waitFor()
  await staff.look('withheld')
  await lift(security, me)
  await administrators(security)
}

async function ask(staff: Person): Promise<string> {
  await staff.visit('/access')
  await staff.page.getByRole('heading', { level: 1, name: '我的权限' }).waitFor()
  await staff.press('申请权限')
  const d = await staff.opened('申请权限')
  await staff.press('提交申请', d)
  await d.getByText('请填写申请理由').waitFor()
  await staff.choose('权限', RIGHT, d, RIGHT)
  await d.getByLabel('申请理由').fill('编制规划须了解各单位考核结果')
  await staff.look('ask', false)
  await staff.press('提交申请', d)
  await staff.told('已提交申请')
  await staff.row(RIGHT).getByText('审批中').waitFor()
  const menu = staff.page.getByRole('button', { name: /的菜单$/ })
  return ((await menu.getAttribute('aria-label')) ?? '').replace(/ ?的菜单$/, '')
}

async function decide(by: Person, opinion: string, step: string) {
  await by.visit('/approval')
  await by.page.getByText(`权限申请：${RIGHT}`).first().click()
  await by.page.getByText('编制规划须了解各单位考核结果').waitFor()
  await by.page.getByLabel('确为岗位职责所需').check()
  await by.page.getByPlaceholder('可不填').fill(opinion)
  await by.look(`decide-${step}`)
  await by.press('同意 (a)')
  await by.told('已同意')
}

async function explain(auditor: Person) {
  await auditor.go('权限管理')
  await auditor.choose('权限', RIGHT, auditor.page, RIGHT)
  await auditor.page.getByText(`可以“${RIGHT}”的人员`).waitFor()
  await auditor.row('经申请批准').first().waitFor()
  await auditor.look('explain')
  await auditor.page.getByRole('tab', { name: '申请' }).click()
  await auditor.row('编制规划须了解各单位考核结果').getByText('已生效').first().waitFor()
  await auditor.look('requests')
}

async function withhold(security: Person, name: string) {
  await security.go('权限管理')
  await security.page.getByRole('tab', { name: '冻结限制' }).click()
  await security.press('冻结或限制权限')
  const d = await security.opened('冻结或限制权限')
  await security.choose('人员', name, d, name)
  await d.getByLabel('只限制部分权限').check()
  await d.locator('.ant-select-multiple').click()
  await security.page.keyboard.type(RIGHT)
  await security.page.locator('.ant-select-dropdown').getByText(RIGHT, { exact: true }).first().click()
  await security.page.keyboard.press('Escape')
  await d.getByPlaceholder('结束').fill('2027-01-31 18:00')
  await d.getByPlaceholder('结束').press('Enter')
  await d.getByLabel('原因').fill('违规转发考核结果')
  await d.getByLabel('处理依据').fill('人事处处理决定〔2026〕15号')
  await security.look('withhold', false)
  await security.press('确定冻结', d)
  await security.told('执行冻结或限制')
  await security.row(name).getByText('执行中').waitFor()
  await security.look('sanctions')
}

async function lift(security: Person, name: string) {
  await security.press('解除', security.row(name))
  const d = await security.opened(`提前解除对 ${name} 的冻结或限制`)
  await d.getByLabel('原因').fill('复核后撤销')
  await security.press('确定', d)
  await security.told(`已解除对 ${name}`)
}

async function administrators(security: Person) {
  await security.page.getByRole('tab', { name: '三员' }).click()
  await security.page.getByText('三员已分设').waitFor()
  await security.look('administrators')
}
