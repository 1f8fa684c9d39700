// A subsidiary tries the system: the run is planned and started, somebody compares and reports, the office answers and
// gives an improvement to make, a training is held and who came put down, a backup is recorded, the run is evaluated, and another decides
// (R312, R315, R316, R317, R318, R319, R320, R322, R323, R324, R325, R333, R334, R335, R336, R338, W35, W47).
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'trial', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const [office, chief, user] = [await w.enter('试点公司办公室'), await w.enter('试点公司经理'), await w.enter('试点公司工程师')]
  await office.visit('/trial')
  await office.page.getByText('试运行计划').first().waitFor()
  await office.look('standing')
  await conclude(office, chief) // what the other walk has not
  const name = `移动办公试用${w.mark}`
  const run = await plan(office, name)
  await tries(user, name, w.mark)
  await answer(office, user, w.mark)
  await improve(office, run, w.mark)
  await train(office, user, w.mark)
  await backUp(office, run)
  await evaluate(office, run)
  await decide(chief, run, name)
  await beside(office, user)
}

// The run that goes on, with what three weeks have brought, is evaluated and decided upon.
async function conclude(office: Person, chief: Person) {
  await office.page.getByRole('link', { name: '办公系统试运行' }).first().click()
  await office.page.getByText('实际使用情况').first().waitFor()
  const address = new URL(office.page.url()).pathname
  await office.look('run')
  if (await office.page.getByRole('button', { name: '提出评估' }).count() === 0) return
  await evaluate(office, address)
  await decide(chief, address, '办公系统试运行')
}

async function plan(office: Person, name: string): Promise<string> {
  await office.visit('/trial')
  await office.press('制定计划')
  const d = await office.opened('制定计划')
  await office.press('保存', d)
  await d.getByText('请填写名称').first().waitFor()
  await d.getByLabel('名称').fill(name)
  await d.getByLabel('目的').fill('检验外勤人员用手机办理审核和阅读是否方便。')
  await office.chooseSome('试用模块', ['信息发布', '流程审批'], d)
  await d.getByLabel('备份间隔（天）').fill('7')
  await office.look('plan', false)
  await office.press('保存', d)
  await office.told('计划已保存')
  await office.page.getByRole('heading', { level: 1, name }).waitFor()
  await office.press('加入部门')
  const b = await office.opened('加入部门')
  await office.chooseSome('试点部门', ['生产运行部'], b)
  await office.look('bring', false)
  await office.press('加入部门', b)
  await office.told('已加入')
  await office.press('开始试运行')
  await office.press('开始试运行', await office.opened(`开始“${name}”`))
  await office.told('试运行已开始')
  await office.look('started')
  return new URL(office.page.url()).pathname
}

async function tries(user: Person, name: string, mark: string) {
  await user.visit('/trial')
  await user.page.getByText(name).first().waitFor()
  await user.press('与原来的办法比一比')
  const d = await user.opened('与原来的办法比一比')
  await d.getByLabel('工作事项').fill('设备巡检记录')
  await d.getByLabel('原来用时').fill('40')
  await d.getByLabel('现在用时').fill('15')
  await user.look('compare', false)
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

// It goes on to who makes the system, and is answered; who asked says whether that settles it.
async function answer(office: Person, user: Person, mark: string) {
  await office.visit('/trial/feedback?box=handle')
  await office.page.getByRole('link', { name: `附件打开慢${mark}` }).waitFor()
  await office.look('to-answer')
  await office.page.getByRole('link', { name: `附件打开慢${mark}` }).click()
  await office.press('转开发单位')
  const s = await office.opened('转开发单位')
  await s.getByLabel('开发单位编号').fill(`HT-${mark}`)
  await office.press('确定', s)
  await office.told('已登记转开发单位')
  await office.page.getByText(`已转开发单位，编号 HT-${mark}`).waitFor()
  await office.press('答复')
  const d = await office.opened('答复')
  await d.getByLabel('答复内容').fill('已调整预览方式，图纸先显示首页。')
  await office.look('answer', false)
  await office.press('答复', d)
  await office.told('已答复')
  await user.visit('/trial/feedback')
  await user.look('feedback')
  await user.page.getByRole('link', { name: `附件打开慢${mark}` }).click()
  await user.press('确认解决')
  await user.told('反馈已办结')
  await user.look('settled')
}

async function improve(office: Person, run: string, mark: string) {
  await office.page.getByRole('button', { name: '安排改进' }).click()
  const d = await office.opened('安排改进')
  const who = office.walk.demo.who('试点公司办公室').tenant.split(' ').at(-1) ?? ''
  await office.choose('责任人', who, d, who)
  await d.getByLabel('完成期限').fill(day(7))
  await office.look('improve', false)
  await office.press('保存', d)
  await office.told('已安排改进事项')
  await office.visit(run)
  const item = office.page.locator('.trial-steps li').filter({ hasText: `附件打开慢${mark}` })
  await office.press('更新进展', item)
  const m = await office.opened(`附件打开慢${mark}`)
  await office.choose('状态', '改进中', m)
  await m.getByLabel('说明').fill('新的预览方式周末换上。')
  await office.press('保存', m)
  await office.told('进展已更新')
  await item.getByText('改进中').waitFor()
}

async function train(office: Person, user: Person, mark: string) {
  await office.visit('/trial/trainings')
  await office.look('trainings')
  await office.press('安排培训')
  const d = await office.opened('安排培训')
  await d.getByLabel('标题').fill(`手机办理培训${mark}`)
  await d.getByLabel('地点').fill('培训教室')
  await d.getByLabel('开始时间').fill(minute(-10))
  await d.getByLabel('结束时间').fill(minute(50))
  await office.chooseSome('参训范围', ['生产运行部'], d)
  await office.look('training-new', false)
  await office.press('保存', d)
  await office.told('培训已保存')
  await office.press('发布通知')
  await office.told('已通知')
  await user.visit('/trial/trainings')
  await user.page.getByRole('link', { name: `手机办理培训${mark}` }).waitFor()
  await user.look('invited')
  await office.press('全部到场')
  await office.page.getByRole('checkbox', { name: /能独立使用/ }).first().check()
  await office.look('attendance')
  await office.press('保存出勤')
  await office.told('出勤已保存')
  await office.press('办结培训')
  await office.press('确定', office.page.getByRole('dialog').filter({ hasText: '办结后出勤不能再改' }))
  await office.told('培训已办结')
  await office.look('training')
  await office.visit('/trial/trainings?view=people')
  await office.page.getByText('未培训').first().waitFor()
  await office.look('people')
}

async function backUp(office: Person, run: string) {
  await office.visit(run)
  await office.page.getByText('至少每 7 天备份一次').waitFor()
  await office.press('登记备份')
  const d = await office.opened('登记备份')
  await office.press('保存', d)
  await d.getByText('请填写存放位置').waitFor()
  await d.getByLabel('存放位置').fill('集团机房备份服务器')
  await office.pick('已试恢复', d)
  await office.look('backup', false)
  await office.press('保存', d)
  await office.told('备份已登记')
  await office.row('集团机房备份服务器').getByText('已试恢复').waitFor()
}

async function evaluate(office: Person, run: string) {
  await office.visit(run)
  await office.press('提出评估')
  const d = await office.opened('提出评估')
  await d.getByLabel('综合评估').fill('试点人员已经使用，反馈的问题均已答复，办理用时普遍缩短，建议推广。')
  await office.look('evaluate', false)
  await office.press('提出评估', d)
  await office.told('评估已提出')
}

async function decide(chief: Person, run: string, name: string) {
  await chief.visit(run)
  await chief.press('记录决定')
  const e = await chief.opened('记录决定')
  await chief.look('decide', false)
  await e.getByLabel('原因').fill('同意正式推广。')
  await chief.press('记录决定', e)
  await chief.told('已转入正式运行')
  await chief.page.getByText('正式推广').first().waitFor()
  await chief.look('decided')
  await chief.visit('/trial')
  await chief.row(name).getByText('已转正式运行').waitFor()
}

// What stands beside the runs.
async function beside(office: Person, user: Person) {
  await office.visit('/trial/help')
  await office.page.getByText('有问题找谁').first().waitFor()
  await office.page.getByText('推广小组').first().waitFor()
  await office.look('help')
  await office.press('联系人与提醒')
  await office.opened('联系人与提醒')
  await office.look('settings', false)
  await user.visit('/trial/vulnerabilities')
  await user.look('faults')
  await user.press('报告漏洞或故障')
  await user.opened('报告漏洞或故障')
  await user.look('report-fault', false)
}

const minute = (ahead: number) => new Date(Date.now() + ahead * 60_000 + 8 * 3_600_000).toISOString().slice(0, 16)
const day = (ahead: number) => minute(ahead * 24 * 60).slice(0, 10)
