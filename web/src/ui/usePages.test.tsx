// @vitest-environment happy-dom
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createRoot, type Root } from 'react-dom/client'
import { afterEach, expect, test, vi } from 'vitest'
import { joined, usePages } from './usePages'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

interface Row { id: string }
const list = (ids: string, next?: string) => ({ items: ids.split('').map((id) => ({ id })), ...(next ? { next } : {}) })
const key = (r: Row) => r.id

let root: Root | undefined
afterEach(() => {
  root?.unmount()
  document.body.replaceChildren()
})

test('pages stand below each other, each row once', () => {
  const all = joined([{ ...list('ab', 'b'), todo: 5 }, { ...list('bc'), todo: 4 }], key)
  expect(all?.items.map(key).join('')).toBe('abc')
  expect(all?.todo).toBe(5)
  expect(all?.next).toBeUndefined()
  expect(joined<Row, ReturnType<typeof list>>([], key)).toBeUndefined()
})

function Rows() {
  const { query, more } = usePages({ queryKey: ['rows'], page: ({ after }) => Promise.resolve(after ? list('cd') : list('ab', 'b')) }, key)
  return <><p>{query.data?.items.map(key).join('')}</p>{more}</>
}

test('the button reads on, and goes when there is no more', async () => {
  const box = document.body.appendChild(document.createElement('div'))
  root = createRoot(box)
  root.render(<QueryClientProvider client={new QueryClient()}><Rows /></QueryClientProvider>)
  await vi.waitFor(() => { expect(box.querySelector('p')?.textContent).toBe('ab') })
  box.querySelector('button')?.click()
  await vi.waitFor(() => { expect(box.querySelector('p')?.textContent).toBe('abcd') })
  await vi.waitFor(() => { expect(box.querySelector('button')).toBeNull() })
})
