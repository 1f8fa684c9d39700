// A department asks the Office for a column and gets it, with its people and in
// other words than it asked for; the first item stands in it. What it asks to
// have changed is refused with a reason.
import assert from 'node:assert/strict'
import type { Person } from './person'
import { published } from './quick'
import type { Journey, Walk } from './walk'

export default { name: 'columns', walk } satisfies Journey

const nameOf = (w: Walk, role: string) => w.demo.who(role).tenant.split(' ').at(-1) ?? ''

async function walk(w: Walk) {
  const [asked, given] = [`防凌${w.mark}`, `防凌减灾${w.mark}`]
  const [head, office, writer] = [await w.enter('处室负责人'), await w.enter('办公室信息员'), await w.enter('处室信息发布员')]
  await apply(head, asked, [['起草', nameOf(w, '处室信息发布员')], ['审核', nameOf(w, '处室负责人')], ['发布', nameOf(w, '处室信息发布员')]])
  await consent(office, asked, given)
  await head.visit('/notices')
  await head.comes(head.page.getByRole('link', { name: asked }).or(head.page.getByRole('link', { name: given })).first())
  await head.visit('/publish/columns?tab=applications')
  await head.row(asked).or(head.row(given)).first().getByText('已同意，有改动').waitFor()
  await head.look('answered')

  await head.visit('/publish/columns')
  await head.page.getByRole('link', { name: given }).click()
  await head.page.getByRole('heading', { level: 1, name: given }).waitFor()
  const id = new URL(head.page.url()).pathname.split('/').at(-1) ?? ''
  const title = `凌汛期值班安排${w.mark}`
  await published(writer, head, id, title, '<p>封河期每日八时会商，开河期加密至四小时一次。</p>')
  await head.page.reload()
  await head.row(title).waitFor()
  await head.look('first-item')
  await refused(head, office, given)
}

async function apply(head: Person, name: string, people: string[][]) {
  await head.go('栏目')
  await head.press('申请新栏目')
  const d = await head.opened('申请新栏目')
  await head.press('提交申请', d)
  await d.getByText('请填写申请理由').waitFor()
  await d.getByLabel('名称').fill(name)
  await head.choose('上级栏目', '部门动态', d)
  await d.getByLabel('申请理由').fill('冬季信息集中，读者反映难以查找。')
  for (const [i, [right = '', person = '']] of people.entries()) {
    await head.press('添加人员', d)
    const line = d.locator('.appointees > div').nth(i)
    if (right !== '起草') await head.choose('权限', right, line)
    await head.choose('人员', person, line, person)
  }
  await head.look('apply-form', false)
  await head.press('提交申请', d)
  await head.told('申请已提交办公室')
  await head.page.getByRole('tab', { name: '栏目申请' }).click()
  await head.row(name).getByText('待答复').waitFor()
}

async function consent(office: Person, asked: string, given: string) {
  await office.visit('/publish/columns?tab=applications')
  await office.look('applications')
  await office.press('答复', office.row(asked))
  const shown = await office.opened('新增栏目')
  await shown.getByText('冬季信息集中，读者反映难以查找。').waitFor()
  await office.look('application', false)
  await office.press('同意并设置', shown)
  const d = await office.opened('同意并设置')
  assert.equal(await d.getByLabel('名称').inputValue(), asked, 'what was asked stands in the form')
  await d.getByLabel('名称').fill(given)
  await d.getByLabel('办公室意见').fill('名称与年度方案一致。')
  await office.look('consent-form', false)
  await office.press('同意并设置', d)
  await office.told(`已同意，栏目 ${given} 已生效`)
}

async function refused(head: Person, office: Person, column: string) {
  await head.visit('/publish/columns')
  await head.press('申请调整', head.row(column))
  const d = await head.opened(`申请调整栏目“${column}”`)
  await d.getByLabel('审核级数').fill('2')
  await d.getByLabel('申请理由').fill('重要信息须两级审核。')
  await head.press('提交申请', d)
  await head.told('申请已提交办公室')

  await office.visit('/publish/columns?tab=applications')
  await office.press('答复', office.row(column))
  await office.press('不同意', await office.opened('调整栏目'))
  const no = await office.opened('不同意这项申请')
  await no.getByLabel('原因').fill('一级审核已能满足要求。')
  await office.look('refuse-form', false)
  await office.press('确定', no)
  await office.told('已答复申请人')
  await head.visit('/publish/columns?tab=applications')
  const row = head.row('未同意').filter({ hasText: column })
  await row.getByRole('button', { name: column }).click()
  await head.dialog('调整栏目').getByText('一级审核已能满足要求。').waitFor()
}
