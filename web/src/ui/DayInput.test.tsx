// @vitest-environment happy-dom
import { Form, type FormInstance } from 'antd'
import { act, type ReactElement } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DayInput, MomentInput } from './DayInput'
import { DaysInput, PeriodInput, UntilInput } from './DaysInput'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })
Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true })

let root: Root | undefined
let form: FormInstance<{ at?: unknown }>
afterEach(async () => {
  await act(async () => { root?.unmount() })
  document.body.replaceChildren()
})

// A form with the field and a button that saves, as every dialog has.
async function show(field: ReactElement, begins?: unknown) {
  function Shown() {
    const [it] = Form.useForm()
    form = it
    return <Form form={it} initialValues={{ at: begins }}><Form.Item name="at">{field}</Form.Item><button type="submit">save</button></Form>
  }
  const box = document.body.appendChild(document.createElement('div'))
  await act(async () => { root = createRoot(box); root.render(<Shown />) })
}

const fields = () => [...document.querySelectorAll<HTMLInputElement>('form input')]
const texts = () => fields().map((f) => f.value)
const held = () => form.getFieldValue('at') as unknown

// The library closes its panel a frame after the focus has gone.
const settled = () => act(async () => { for (let i = 0; i < 3; i++) await new Promise((done) => { requestAnimationFrame(() => { done(undefined) }) }) })

function put(field: HTMLInputElement, text: string) {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')?.set?.call(field, text)
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

// Puts the pointer into a field and types, key by key, in place of what stands there.
async function type(text: string, n = 0) {
  const field = fields()[n]
  if (!field) throw new Error(`there is no field ${n}`)
  await act(async () => { field.dispatchEvent(new MouseEvent('mousedown', { bubbles: true })); field.focus(); field.click() })
  await act(async () => { put(field, '') })
  for (const key of text) await act(async () => { put(field, field.value + key) })
}

async function elsewhere() {
  await act(async () => { document.querySelector<HTMLButtonElement>('button[type=submit]')?.focus() })
  await settled()
}

const at = (...p: [number, number, number, number, number]) => new Date(p[0], p[1] - 1, p[2], p[3], p[4]).toISOString()

describe('a day that is typed (UI3)', () => {
  it.each([
    ['2026-12-01', '2026-12-01'], ['2026-12-1', '2026-12-01'], ['20261201', '2026-12-01'], ['2026/12/1', '2026-12-01'], ['2026年12月1日', '2026-12-01'], ['２０２６－１２－０１', '2026-12-01'],
  ])('counts when the next thing pressed is the button that saves: %s', async (text, day) => {
    await show(<DayInput />, '2026-11-22')
    await type(text)
    await elsewhere()
    expect([held(), texts()]).toEqual([day, [day]])
  })
  it('counts in a field that was empty', async () => {
    await show(<DayInput />)
    await type('2026-12-01')
    expect(held()).toBe('2026-12-01')
    await elsewhere()
    expect(held()).toBe('2026-12-01')
  })
  it('counts when Enter sends the form', async () => {
    await show(<DayInput />)
    await type('2026-12-1')
    await act(async () => { fields()[0]?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true })) })
    expect(held()).toBe('2026-12-01')
  })
  it('is kept beside the bounds, and marked', async () => {
    await show(<DayInput first="2026-12-01" last="2026-12-31" />)
    await type('2026-11-30')
    await elsewhere()
    expect([held(), fields()[0]?.getAttribute('aria-invalid')]).toEqual(['2026-11-30', 'true'])
  })
  it('is none when it was taken away by hand, unless there has to be one', async () => {
    await show(<DayInput />, '2026-11-22')
    await type('')
    await elsewhere()
    expect([held(), texts()]).toEqual([undefined, ['']])
    await act(async () => { root?.unmount() })
    await show(<DayInput allowClear={false} />, '2026-11-22')
    await type('')
    await elsewhere()
    expect([held(), texts()]).toEqual(['2026-11-22', ['2026-11-22']])
  })
  it('stays what it was when the text is no day', async () => {
    await show(<DayInput />, '2026-11-22')
    await type('明天')
    await elsewhere()
    expect([held(), texts()]).toEqual(['2026-11-22', ['2026-11-22']])
  })
  it('comes with its time', async () => {
    for (const [text, time] of [['2026-12-01 09:30', at(2026, 12, 1, 9, 30)], ['2026-12-1 9:05', at(2026, 12, 1, 9, 5)], ['2026-12-02', at(2026, 12, 2, 0, 0)]] as const) {
      await show(<MomentInput />)
      await type(text)
      await elsewhere()
      expect(held()).toBe(time)
      await act(async () => { root?.unmount() })
      document.body.replaceChildren()
    }
  })
  it('leaves a time alone that nobody touched', async () => {
    const begins = '2026-11-22T01:30:45.678Z'
    await show(<MomentInput />, begins)
    await act(async () => { fields()[0]?.focus() })
    await elsewhere()
    expect(held()).toBe(begins)
  })
})

describe('a period that is typed (UI3)', () => {
  it('counts with both its ends, the second however it was written', async () => {
    await show(<PeriodInput />)
    await type('2026-11-01')
    await type('2026-11-9', 1)
    await elsewhere()
    expect([held(), texts()]).toEqual([{ from: '2026-11-01', to: '2026-11-09' }, ['2026-11-01', '2026-11-09']])
  })
  it('is not handed on by half, and the half stays where it was typed', async () => {
    await show(<PeriodInput />)
    await type('2026-11-01')
    await elsewhere()
    expect([held(), texts()]).toEqual([undefined, ['2026-11-01', '']])
  })
  it('counts when one end of two is other than it was', async () => {
    await show(<PeriodInput />, { from: '2026-11-01', to: '2026-11-30' })
    await type('2026-10-01')
    await elsewhere()
    expect([held(), texts()]).toEqual([{ from: '2026-10-01', to: '2026-11-30' }, ['2026-10-01', '2026-11-30']])
  })
  it('goes from the earlier day to the later', async () => {
    await show(<PeriodInput />, { from: '2026-11-01', to: '2026-11-30' })
    await type('2026-12-31')
    await elsewhere()
    expect([held(), texts()]).toEqual([{ from: '2026-11-30', to: '2026-12-31' }, ['2026-11-30', '2026-12-31']])
  })
  it('may be open at an end where it looks for something', async () => {
    await show(<DaysInput />)
    await type('2026-11-01')
    await elsewhere()
    expect([held(), texts()]).toEqual([{ from: '2026-11-01', to: undefined }, ['2026-11-01', '']])
    await type('')
    await elsewhere()
    expect([held(), texts()]).toEqual([undefined, ['', '']])
  })
  it('may begin at once and must end', async () => {
    await show(<UntilInput />)
    await type('2026-12-01 18:00', 1)
    await elsewhere()
    expect(held()).toEqual({ from: undefined, to: at(2026, 12, 1, 18, 0) })
  })
})
