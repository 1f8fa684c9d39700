// A bureau publishes and reports upward; headquarters receives, adopts, and the
// bureau learns of it.
import assert from 'node:assert/strict'
import type { Person } from './person'
import type { Journey, Walk } from './walk'
import { approve, openTask, type Paper, publish, submit, write } from './writing'

export default { name: 'report', walk } satisfies Journey

const JOURNAL = '水务信息'

async function walk(w: Walk) {
  const paper: Paper = {
    column: '本级要闻', title: `云岭市建成水库动态监管平台${w.mark}`, heading: '主要做法', text: '全市二十六座水库接入统一平台。',
    points: ['雨情水情每五分钟更新', '放水预警自动通知下游乡镇'],
  }
  const bureau = await w.enter('市局信息员')
  await bureau.look('bureau-desktop')
  await write(bureau, paper)
  await submit(bureau)
  const chief = await w.enter('市局办公室')
  await openTask(chief, paper.title)
  await approve(chief, paper.title, '同意上报。')
  await publish(bureau, paper.title)
  await report(bureau, paper)

  const clerk = await w.enter('办公室信息员')
  await receive(clerk, paper)
  await adopt(clerk, paper)
  await feedback(bureau, paper)
}

async function report(bureau: Person, paper: Paper) {
  await bureau.press('上报')
  const d = await bureau.opened(`上报《${paper.title}》`)
  await d.getByRole('radio', { name: '青川省水务厅' }).waitFor()
  await d.getByLabel('报送说明').fill('做法可供各市参考。')
  await bureau.look('report-form', false)
  await bureau.press('上报', d)
  await bureau.told('已上报 青川省水务厅')
  await bureau.page.getByRole('heading', { level: 1, name: '上报记录' }).waitFor()
  await bureau.row(paper.title).getByText('已报送').waitFor()
  await bureau.look('outbox')
}

async function receive(clerk: Person, paper: Paper) {
  await clerk.go('收到的信息')
  await clerk.page.locator('.ant-segmented-item', { hasText: '待签收' }).click()
  await clerk.row(paper.title).waitFor()
  await clerk.look('inbox')
  await clerk.page.getByRole('link', { name: paper.title }).click()
  await clerk.page.getByText('做法可供各市参考。').waitFor()
  await clerk.page.getByText('尚未签收').waitFor()
  await clerk.look('envelope')
  await clerk.page.getByRole('button', { name: '签收', exact: true }).click()
  await clerk.told(`已签收《${paper.title}》`)
  await clerk.page.getByText('回执有效').waitFor()
}

async function adopt(clerk: Person, paper: Paper) {
  await clerk.page.getByRole('button', { name: '采用', exact: true }).click()
  const d = await clerk.opened(`采用《${paper.title}》`)
  await clerk.press('采用', d)
  await d.getByText('请填写刊物').waitFor()
  await clerk.choose('刊物', JOURNAL, d)
  await clerk.look('adopt-form', false)
  await clerk.press('采用', d)
  await clerk.told(`已采用到《${JOURNAL}》`)
  await clerk.page.getByRole('heading', { level: 2, name: '采用记录' }).waitFor()
  await clerk.look('adopted')

  await clerk.page.getByRole('button', { name: '采用', exact: true }).click()
  await d.locator('.ant-select').first().click()
  const used = clerk.page.locator('.ant-select-item-option-disabled', { hasText: JOURNAL })
  await used.waitFor()
  assert.match(await used.innerText(), /已采用/, 'a journal adopts an item once')
  await clerk.page.keyboard.press('Escape')
  await clerk.page.keyboard.press('Escape')
}

async function feedback(bureau: Person, paper: Paper) {
  await bureau.go('上报记录')
  await bureau.page.reload()
  const row = bureau.row(paper.title)
  await row.getByText('已采用').waitFor()
  await row.getByText(JOURNAL).waitFor()
  await bureau.look('feedback')
  await bureau.visit('/notices')
  const notice = bureau.page.getByRole('link', { name: `青川省水务厅 采用了《${paper.title}》` })
  await bureau.comes(notice)
  await notice.click()
  await bureau.page.getByRole('heading', { level: 2, name: '采用记录' }).waitFor()
  await bureau.look('envelope-out')
}
