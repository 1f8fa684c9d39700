// A reader looks into what is attached to items without leaving them: a PDF, a
// picture and a Word document (R029).
import type { Person } from './person'
import type { Journey, Walk } from './walk'
import { does } from './xss'

export default { name: 'files', walk } satisfies Journey

interface Listed { id: string; attachments: { name: string; file_name: string }[] }

const LOOKED_AT = 200 // of the newest items, whatever was walked before: every kind of file is among them

async function walk(w: Walk) {
  const reader = await w.enter('考核管理员')
  const items = await listed(reader)
  const pdf = await open(reader, items, '.pdf')
  await pdf.getByRole('region').locator('canvas').first().waitFor()
  await pdf.getByText('共 1 页').waitFor()
  await reader.press('放大', pdf)
  await pdf.getByText('125%').waitFor()
  await close(reader, 'pdf')
  const picture = await open(reader, items, '.png')
  await picture.locator('img').waitFor()
  await picture.getByText('640 × 320 像素').waitFor()
  await close(reader, 'picture')
  const text = await open(reader, items, '.docx')
  await text.getByText('简化预览，以原件为准').waitFor()
  await text.getByText('一、基本情况').waitFor()
  await close(reader, 'document')
}

async function listed(p: Person): Promise<Listed[]> {
  const [page] = await does(p, { method: 'GET', path: `/publish/items?view=reading&limit=${LOOKED_AT}` })
  return await does(p, ...(page?.items as Listed[]).map((i) => ({ method: 'GET', path: `/publish/items/${i.id}` }))) as unknown as Listed[]
}

async function open(p: Person, items: Listed[], kind: string) {
  const found = items.find((i) => i.attachments.some((a) => a.file_name.endsWith(kind)))
  const file = found?.attachments.find((a) => a.file_name.endsWith(kind))
  if (!found || !file) throw new Error(`nothing that may be read carries a ${kind}`)
  await p.visit(`/publish/items/${found.id}`)
  await p.press(`预览附件“${file.name}”`)
  return p.opened(file.name)
}

async function close(p: Person, step: string) {
  await p.look(step, false)
  await p.page.keyboard.press('Escape')
  await p.page.locator('.ant-drawer').waitFor({ state: 'detached' })
}
