// What several journeys do with an item: write it, send it into review, decide, publish.
import type { Locator } from 'playwright-core'
import type { Person } from './person'

/** What is written, and where. */
export interface Paper { column: string; title: string; heading: string; text: string; points: string[] }

/** The editor of an item's text. */
export function editor(p: Person): Locator { return p.page.getByRole('textbox', { name: '正文' }) }

/** Begins an item and writes its formatted text. */
export async function write(p: Person, paper: Paper, step?: string) {
  await p.page.getByRole('button', { name: '写稿' }).first().click()
  await p.page.getByRole('heading', { level: 1, name: '写稿' }).waitFor()
  await p.settle()
  await p.choose('栏目', paper.column, p.page.getByRole('main'), paper.column)
  await p.pick('动态信息')
  await p.page.getByLabel('标题').fill(paper.title)
  if (step) await p.look(`${step}-begin`)
  await p.press('开始写')
  await editor(p).click()
  await p.press('正文 ▾')
  await p.page.getByRole('menuitem', { name: '二级标题' }).click()
  await p.page.keyboard.type(`${paper.heading}\n${paper.text}`)
  await p.press('加粗')
  await p.page.keyboard.type('各级已责任到人。')
  await p.press('加粗')
  await p.page.keyboard.press('Enter')
  await p.press('项目符号')
  await p.page.keyboard.type(paper.points.join('\n'))
  await editor(p).locator('h2', { hasText: paper.heading }).waitFor()
  await editor(p).locator('strong', { hasText: '责任到人' }).waitFor()
  await editor(p).locator('li').nth(paper.points.length - 1).waitFor()
  await p.page.getByRole('status').filter({ hasText: '草稿已保存' }).waitFor()
}

/** Declares the open draft suitable for being online and sends it into review. */
export async function submit(p: Person, step?: string) {
  await p.press('提交审核')
  const d = await p.opened('提交审核前的声明')
  const send = d.getByRole('button', { name: '提交审核', exact: true })
  if (step) {
    await send.click()
    await d.getByText('必须作出适宜上网声明才能提交').waitFor()
    await p.look(`${step}-declaration`, false)
  }
  await d.getByRole('checkbox').check()
  await send.click()
  await p.told('已提交审核')
  await d.waitFor({ state: 'hidden' })
}

/** Opens the task that waits under a title. */
export async function openTask(p: Person, title: string) {
  await p.go('待办事项')
  await p.page.getByRole('link', { name: title }).click()
  await p.page.getByRole('heading', { level: 2, name: title }).waitFor()
  await p.settle()
}

/** Approves the open task with its four checks. */
export async function approve(p: Person, title: string, opinion: string) {
  for (const c of ['内容真实准确', '文字规范无误', '不涉密、无敏感信息', '适宜上网发布']) await p.page.getByRole('checkbox', { name: c }).check()
  await p.page.getByRole('textbox', { name: '意见' }).fill(opinion)
  await p.press('同意 (a)')
  await p.told(`已同意《${title}》`)
}

/** Publishes what has been approved. */
export async function publish(p: Person, title: string) {
  await p.go('待发布')
  await p.page.getByRole('link', { name: title }).click()
  await p.page.getByRole('button', { name: '发布', exact: true }).click()
  await p.press('发布', await p.opened(`发布《${title}》`))
  await p.told(`《${title}》已发布`)
  await p.page.getByText('0 人已读').waitFor()
}
