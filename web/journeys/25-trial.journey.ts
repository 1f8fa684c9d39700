// A subsidiary tries the system: the run is planned and started, somebody compares and reports, the office answers,
// a training is announced, the run is evaluated, and another decides.
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'trial', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const [office, chief, user] = [await w.enter('试点公司办公室'), await w.enter('试点公司经理'), await w.enter('试点公司工程师')]
  await office.visit('/trial')
  await office.page.getByText('试运行计划').first().waitFor()
  await office.look('standing')
  await conclude(office, chief, w.narrow) // the one that goes on, if one does
  const name = `新模块试用${w.mark}`
  await plan(office, name)
  await use(user, name, w.mark)
  await answer(office, w.mark)
  await train(office, w.mark)
  await office.visit('/trial/help')
  await office.page.getByText('有问题找谁').first().waitFor()
  await office.look('help')
  await user.visit('/trial/vulnerabilities')
  await user.page.getByRole('button', { name: '报告漏洞或故障' }).first().waitFor()
  await user.look('faults')
  await conclude(office, chief, true)
}

async function conclude(office: Person, chief: Person, short: boolean) {
  await office.visit('/trial')
  await office.page.getByText('试运行计划').first().waitFor()
  const row = office.page.locator('tr, .card').filter({ hasText: '进行中' }).getByRole('link').first()
  if (await row.count() === 0) return
  await row.click()
  await office.page.getByText('实际使用情况').first().waitFor()
  const address = new URL(office.page.url()).pathname
  if (!short) await office.look('run')
  await office.press('提出评估')
  const d = await office.opened('提出评估')
  await d.getByLabel('综合评估').fill('试点人员已经使用，反馈的问题均已答复，建议推广。')
  await office.press('提出评估', d)
  await office.told('评估已提出')
  await chief.visit(address)
  await chief.press('记录决定')
  const e = await chief.opened('记录决定')
  if (!short) await chief.look('decide', false)
  await e.getByLabel('原因').fill('同意正式推广。')
  await chief.press('记录决定', e)
  await chief.told('已转入正式运行')
  await chief.page.getByText('正式推广').first().waitFor()
  if (!short) await chief.look('decided')
}

async function plan(office: Person, name: string) {
  await office.visit('/trial')
  await office.press('制定计划')
  const d = await office.opened('制定计划')
  await office.press('保存', d)
  await d.getByText('请填写名称').first().waitFor()
  await d.getByLabel('名称').fill(name)
  await office.look('plan', false)
  await office.press('保存', d)
  await office.told('计划已保存')
  await office.page.getByRole('heading', { level: 1, name }).waitFor()
  await office.press('加入部门')
  const b = await office.opened('加入部门')
  await office.choose('试点部门', '生产运行部', b)
  await office.page.keyboard.press('Escape')
  await office.press('加入部门', b)
  await office.told('已加入')
  await office.press('开始试运行')
  await office.press('开始试运行', await office.opened(`开始“${name}”`))
  await office.told('试运行已开始')
  await office.look('started')
}

async function use(user: Person, name: string, mark: string) {
  await user.visit('/trial')
  await user.page.getByText(name).first().waitFor()
  await user.press('与原来的办法比一比')
  const d = await user.opened('与原来的办法比一比')
  await d.getByLabel('工作事项').fill('设备巡检记录')
  await d.getByLabel('原来用时').fill('40')
  await d.getByLabel('现在用时').fill('15')
  await user.press('提交对比', d)
  await user.told('已记录')
  await user.look('compared')
  await user.visit('/trial/feedback?new=1')
  const f = await user.opened('提问题或建议')
  await f.getByLabel('标题').fill(`附件打开慢${mark}`)
  await f.getByLabel('具体情况').fill('打开三十兆的图纸要等一分钟。')
  await user.look('feedback-new', false)
  await user.press('提交', f)
  await user.told('已提交')
  await user.page.getByText('待答复').first().waitFor()
}

async function answer(office: Person, mark: string) {
  await office.visit('/trial/feedback?box=handle')
  await office.page.getByRole('link', { name: `附件打开慢${mark}` }).waitFor()
  await office.look('to-answer')
  await office.page.getByRole('link', { name: `附件打开慢${mark}` }).click()
  await office.press('答复')
  const d = await office.opened('答复')
  await d.getByLabel('答复内容').fill('已调整预览方式，图纸先显示首页。')
  await office.press('答复', d)
  await office.told('已答复')
  await office.look('answered')
}

async function train(office: Person, mark: string) {
  await office.visit('/trial/trainings')
  await office.look('trainings')
  await office.press('安排培训')
  const d = await office.opened('安排培训')
  await d.getByLabel('标题').fill(`操作培训${mark}`)
  await d.getByLabel('地点').fill('培训教室')
  const at = (hours: number) => new Date(Date.now() + (hours + 8) * 3_600_000).toISOString().slice(0, 16)
  await d.getByLabel('开始时间').fill(at(24))
  await d.getByLabel('结束时间').fill(at(26))
  await office.choose('参训范围', '生产运行部', d)
  await office.page.keyboard.press('Escape')
  await office.press('保存', d)
  await office.told('培训已保存')
  await office.press('发布通知')
  await office.told('已通知')
  await office.look('training')
  await office.visit('/trial/trainings?view=people')
  await office.page.getByText('未培训').first().waitFor()
  await office.look('people')
}
