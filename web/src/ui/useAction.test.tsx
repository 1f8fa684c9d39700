// @vitest-environment happy-dom
import { Form, type FormInstance, Input } from 'antd'
import { act } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { showOnForm, staleDialog } from './useAction'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

let root: Root | undefined
let form: FormInstance
afterEach(async () => {
  await act(async () => { root?.unmount() })
  document.body.replaceChildren()
})

async function show() {
  function Shown() {
    const [it] = Form.useForm()
    form = it
    return (
      <Form form={it} initialValues={{ people: [{ id: 'a' }, { id: 'b' }] }}>
        <Form.Item name="name"><Input /></Form.Item>
        <Form.List name="people">
          {(fields) => fields.map((f) => <Form.Item key={f.key} name={[f.name, 'id']}><Input /></Form.Item>)}
        </Form.List>
      </Form>
    )
  }
  const box = document.body.appendChild(document.createElement('div'))
  await act(async () => { root = createRoot(box); root.render(<Shown />) })
}

const refused = async (field: string) => {
  let marked = false
  await act(async () => { marked = showOnForm(form, { status: 422, code: 'request.missing', field }) })
  return marked
}

describe('what the server refuses at a field (UI3)', () => {
  it.each([['name', ['name']], ['people[1].id', ['people', 1, 'id']]])('is said at %s', async (field, name) => {
    await show()
    expect(await refused(field)).toBe(true)
    expect(form.getFieldError(name)).toHaveLength(1)
  })
  it.each(['people', 'elsewhere'])('is not kept back where %s has no place for it', async (field) => {
    await show()
    expect(await refused(field)).toBe(false)
  })
})

describe('whoever lost a race', () => {
  it.each([['王主任', '王主任'], ['', '河图']])('learns that it was %s', async (changed_by, said) => {
    const box = document.body.appendChild(document.createElement('div'))
    await act(async () => { root = createRoot(box); root.render(staleDialog({ version: 3, changed_by, changed_at: '2026-11-23T02:00:00Z', changed: ['state', 'words'] }).content) })
    expect(box.textContent).toMatch(new RegExp(`^${said} 于.*状态、词语`))
  })
})
