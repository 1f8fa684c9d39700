// A result is shown to the units it is about; one appeals against a line, is
// answered with reasons, and may appeal once more; the evaluator keeps the dates.
import type { Person } from './person'
import type { Journey, Walk } from './walk'

export default { name: 'verdict', alone: true, walk } satisfies Journey

async function walk(w: Walk) {
  const line = w.narrow ? '信息上报任务' : '信息发布任务'
  const unit = await w.enter('市局办公室')
  await appeal(unit, line, w.mark)
  const office = await w.enter('办公室信息员')
  await answer(office, w.mark)
  await again(unit, w.mark)
  const evaluator = await w.enter('考核管理员')
  await dates(evaluator)
}

// The unit reads the notice, sees that it is unchanged, and appeals with evidence.
async function appeal(p: Person, line: string, mark: string) {
  await p.visit('/assess/notices')
  const row = p.row('上半年')
  await row.getByText(/还可申诉|今天申诉截止/).waitFor()
  await p.look('notices')
  await row.getByRole('link').first().click()
  await p.page.getByRole('heading', { level: 2, name: '公示名单' }).waitFor()
  await p.press('核对内容')
  await p.told('内容与 SHA-256 一致')
  await p.look('notice')
  await p.page.locator('[data-row]').filter({ hasText: line }).getByRole('button', { name: '申诉', exact: true }).first().click()
  const d = await p.opened(`申诉：${line}`)
  p.expectRefusal(422, /\/appeals$/)
  await d.getByLabel('应得分').fill('30')
  await d.getByLabel('申诉理由').fill(`两条信息因栏目调整没有计入 ${mark}`)
  await d.getByRole('button', { name: '申诉' }).click()
  await d.getByText('请填写依据网址或上传文件').waitFor()
  await d.getByLabel('依据网址').fill('https://example.org/lanmu')
  await p.look('appeal', false)
  await d.getByRole('button', { name: '申诉' }).click()
  await p.told('申诉已提交')
  await p.page.getByText(mark).waitFor()
}

// Whoever answers has the claim and its evidence beside the line.
async function answer(p: Person, mark: string) {
  await p.visit('/assess/agenda')
  await p.row('申诉答复').getByRole('link').click()
  await p.page.getByRole('heading', { level: 1, name: /日程与定档/ }).waitFor()
  await p.look('verdict')
  const row = p.row(mark)
  await row.getByText('还有').waitFor()
  await row.getByRole('button', { name: '答复' }).click()
  const d = await p.opened('答复')
  await d.getByText(mark).waitFor()
  await p.pick('采纳', d)
  await d.getByText('由另一人确认后计入得分').waitFor()
  await p.pick('不采纳', d)
  await d.getByLabel('答复理由').fill('栏目调整前后的信息已合并计算')
  await p.look('answer', false)
  await d.getByRole('button', { name: '答复' }).click()
  await p.told('已答复')
  await p.row(mark).getByText('未采纳').waitFor()
}

// The unit reads the reasons and nobody's name, and may appeal once more.
async function again(p: Person, mark: string) {
  await p.page.reload()
  await p.settle()
  const row = p.row(mark)
  await row.getByText('栏目调整前后的信息已合并计算').waitFor()
  await row.getByRole('button', { name: '再次申诉' }).click()
  const d = await p.opened('再次申诉')
  await d.getByText('由另一人答复，答复为最终结论').waitFor()
  await d.getByRole('button', { name: '取消' }).click()
  await p.look('answered')
}

// The evaluator sees what is due, and how a round without dates would get them.
async function dates(p: Person) {
  await p.visit('/assess/agenda')
  await p.row('定档建议').waitFor()
  await p.look('agenda')
  await p.visit('/assess')
  await p.page.getByRole('link', { name: /季度/ }).first().click()
  await p.page.getByRole('link', { name: '日程与定档' }).click()
  await p.page.getByRole('heading', { level: 1, name: /日程与定档/ }).waitFor()
  await p.look('none')
  if (await p.page.getByRole('button', { name: '制定日程' }).count() === 0) return // it is published already
  await p.press('制定日程')
  const d = await p.opened('日程')
  await d.getByText('公示期（工作日）').waitFor()
  await p.look('calendar', false)
  await d.getByRole('button', { name: '取消' }).click()
}
