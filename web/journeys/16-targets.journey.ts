// Headquarters sets a department's and a bureau's targets and issues them; the
// bureau accepts, breaks down and reports; headquarters sees it on the board.
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'targets', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const [clerk, chief, reporter] = [await w.enter('办公室信息员'), await w.enter('市局局长'), await w.enter('市局科员')]
  const year = String(new Date().getFullYear() + (w.narrow ? 2 : 1)) // of which nothing has been set yet
  const title = `灌区改造${w.mark}`
  await clerk.visit(`/assess/targets?year=${new Date().getFullYear()}`)
  await clerk.page.getByText('各单位目标').first().waitFor()
  await clerk.look('board')
  const address = await set(clerk, year, title)
  await take(chief, address, title)
  await breakDown(chief, address, `${title}现场`)
  await reporter.visit(`/assess/targets/mine?year=${year}`)
  await reporter.page.getByText(title).first().waitFor()
  await reporter.look('mine-next-year')
  await report(reporter)
  await clerk.visit(`/assess/targets?year=${year}`)
  await clerk.page.getByText(title).first().waitFor()
  await clerk.look('board-next-year')
}

// Words a target of a bureau and issues it. What an earlier walk has set is withdrawn first: the weights of a unit
// are 100 in all.
async function set(clerk: Person, year: string, title: string): Promise<string> {
  await clerk.visit(`/assess/targets?year=${year}`)
  await clear(clerk, year)
  await clerk.choose('选择单位或部门', '云岭市水务局')
  await clerk.press('设定目标')
  await clerk.page.getByRole('heading', { level: 1, name: '云岭市水务局' }).waitFor()
  await clerk.press('新建目标')
  const d = await clerk.opened('新建目标')
  await clerk.press('保存', d)
  await d.getByText('请填写目标').first().waitFor()
  await d.getByLabel('目标', { exact: true }).fill(title)
  await d.getByLabel('内容和标准').fill('改造渠系，完工验收。')
  await d.getByLabel('全年数量').fill('80')
  await d.getByLabel('计量单位').fill('公里')
  await d.getByLabel('权重').fill('100')
  await clerk.choose('责任领导', '办公室主任', d)
  await clerk.choose('责任部门', '河湖管理处', d)
  await d.getByLabel('第4季度').fill('全部完成')
  await clerk.look('new', false)
  await clerk.press('保存', d)
  await clerk.told('已保存为草稿')
  await clerk.page.getByText('权重合计 100').waitFor()
  await clerk.look('unit')
  await clerk.press('下达 1 项')
  await clerk.press('下达', await clerk.opened('下达 1 项目标'))
  await clerk.told('已向云岭市水务局下达')
  await clerk.page.getByRole('link', { name: title }).click()
  await clerk.page.getByText('待签收').first().waitFor()
  return new URL(clerk.page.url()).pathname
}

async function clear(clerk: Person, year: string) {
  const old = clerk.page.getByRole('link', { name: /灌区改造/ })
  for (; await old.count() > 0; await clerk.visit(`/assess/targets?year=${year}`)) {
    await old.first().click()
    await clerk.page.getByText('承担单位').first().waitFor()
    await clerk.settle()
    if (await clerk.page.getByRole('button', { name: '删除', exact: true }).count() > 0) {
      await because(clerk, '删除', '删除或撤销：')
      await clerk.told('已办理')
      continue
    }
    await because(clerk, '调整', '调整：')
    await clerk.told('已转为草稿')
    await because(clerk, '撤销', '删除或撤销：')
    await clerk.told('已办理')
  }
}

async function because(p: Person, act: string, dialog: string) {
  await p.page.getByRole('button', { name: act, exact: true }).first().click()
  const d = await p.opened(dialog)
  await d.getByLabel('原因').fill('年度任务调整')
  await p.press('确定', d)
}

async function take(chief: Person, address: string, title: string) {
  await chief.visit('/notices')
  await chief.comes(chief.page.getByRole('link', { name: title }).first())
  await chief.visit(address)
  await chief.look('to-accept')
  await chief.press('签收')
  const d = await chief.opened('签收：')
  await chief.choose('本单位责任部门', '河湖与水资源科', d)
  await chief.choose('报告人', '河湖与水资源科 科员', d)
  await chief.look('accept', false)
  await chief.press('签收', d)
  await chief.told('已签收')
  await chief.page.getByText('报告期限').first().waitFor()
}

async function breakDown(chief: Person, address: string, title: string) {
  await chief.visit(address)
  await chief.press('分解')
  const d = await chief.opened('分解：')
  await chief.choose('部门', '工程与防汛科', d)
  await d.getByLabel('目标', { exact: true }).fill(title)
  await d.getByLabel('全年数量').fill('80')
  await d.getByLabel('权重').fill('100')
  await chief.choose('责任领导', '局长', d)
  await chief.choose('责任部门', '工程与防汛科', d)
  await chief.press('保存', d)
  await chief.told('已保存为草稿')
  await chief.press('下达分解')
  await chief.press('下达', await chief.opened('下达分解'))
  await chief.told('已下达')
  await chief.look('page')
  await chief.go('本单位目标')
  await chief.visit(`/assess/targets/own`)
  await chief.page.getByText('城区河段清淤护岸').waitFor()
  await chief.look('tree')
}

// The reporter says how this year's target stands: again, should the other walk have done so already.
async function report(reporter: Person) {
  await reporter.visit('/assess/targets/mine')
  await reporter.look('mine')
  await reporter.page.getByRole('link', { name: /治理中小河流/ }).last().click()
  await reporter.page.getByText('报告期限').first().waitFor()
  await reporter.press('报告进展')
  const d = await reporter.opened('报告进展：')
  await d.getByLabel(/年初以来累计完成/).fill('23.5')
  await d.getByLabel('进展情况').fill('主体工程全部完成，正在组织验收。')
  await reporter.look('report', false)
  await reporter.press('报告进展', d)
  await reporter.told('已报告')
  await reporter.page.getByText('正在组织验收').first().waitFor()
  await reporter.look('reported')
}
