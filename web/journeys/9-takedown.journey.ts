// A reader sees that something has to go and asks for it; the information centre
// says no with a reason, and the second time takes it down.
import type { Person } from './person'
import { columnOf, published } from './quick'
import type { Journey, Walk } from './walk'

export default { name: 'takedown', walk } satisfies Journey

async function walk(w: Walk) {
  const title = `山洪预警设施检修情况${w.mark}`
  const [writer, head, reader, centre] = [await w.enter('处室信息发布员'), await w.enter('处室负责人'), await w.enter('考核管理员'), await w.enter('系统管理员')]
  const id = await published(writer, head, await columnOf(writer, '防汛抗旱'), title, '<p>全省检修预警设施九百套。</p>')
  const address = `/publish/items/${id}`
  await ask(reader, address, title, '内容有误', '设施数量与月报不一致。')
  await refuse(centre, title)
  await reader.visit('/notices')
  const told = reader.page.getByRole('link', { name: title }).first()
  await reader.comes(told)
  await reader.visit('/publish/takedowns')
  await reader.row(title).getByText('数量已核对，与月报一致。').waitFor()
  await reader.look('refused')

  await ask(reader, address, title, '涉及秘密', '附注含未公开的点位。')
  await remove(centre, title)
  reader.expectRefusal(404, /^\/api\/publish\/items\//)
  await reader.visit(address)
  await reader.page.getByText('没有找到，或您无权查看').waitFor()
  await writer.visit(address)
  await writer.page.getByText('撤下').first().waitFor()
  await writer.page.getByText('涉及秘密').first().waitFor()
  await writer.look('taken-down')
}

async function ask(reader: Person, address: string, title: string, reason: string, note: string) {
  await reader.visit(address)
  await reader.press('申请撤下')
  const d = await reader.opened(`申请撤下《${title}》`)
  await reader.press('申请撤下', d)
  await d.getByText('请填写原因').waitFor()
  await reader.choose('原因', reason, d)
  await d.getByLabel('说明').fill(note)
  await reader.look('request', false)
  await reader.press('申请撤下', d)
  await reader.told('已送达信息中心')
  await reader.page.getByText('您已申请撤下，正在处理').waitFor()
}

async function refuse(centre: Person, title: string) {
  await centre.go('撤下申请')
  await centre.row(title).getByText('待处理').waitFor()
  await centre.look('requests')
  await centre.press('不予撤下', centre.row(title))
  const d = await centre.opened(`不予撤下《${title}》`)
  await d.getByLabel('理由').fill('数量已核对，与月报一致。')
  await centre.look('refusal', false)
  await centre.press('不予撤下', d)
  await centre.told('已答复申请人')
}

async function remove(centre: Person, title: string) {
  await centre.visit('/publish/takedowns?state=open')
  const row = centre.row(title)
  await row.getByText('涉及秘密').waitFor()
  await row.getByRole('button', { name: '撤下', exact: true }).click()
  await centre.press('撤下', await centre.opened(`撤下《${title}》？`))
  await centre.told(new RegExp(`《${title}》已撤下，用时 \\d+ 分钟`))
  await row.waitFor({ state: 'detached' })
}
