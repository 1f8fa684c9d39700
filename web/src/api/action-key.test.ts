import { describe, expect, it } from 'vitest'
import { ActionKeys } from './action-key'

const keyOf = (keys: ActionKeys, input: unknown, step?: number) => keys.act(input)(step).headers['Idempotency-Key']

describe('ActionKeys', () => {
  it('gives a retry of the same input the same key', () => {
    const keys = new ActionKeys()
    expect(keyOf(keys, { title: '一' })).toBe(keyOf(keys, { title: '一' }))
  })
  it('gives another input another key', () => {
    const keys = new ActionKeys()
    expect(keyOf(keys, { title: '一' })).not.toBe(keyOf(keys, { title: '二' }))
  })
  it('tells one file from another', () => {
    const keys = new ActionKeys()
    const file = (text: string) => new File([text], 'list.xlsx', { lastModified: 1 })
    expect(keyOf(keys, file('一'))).toBe(keyOf(keys, file('一')))
    expect(keyOf(keys, { file: file('一') })).not.toBe(keyOf(keys, { file: file('一二') }))
  })
  it('gives the next action another key once the server has answered', () => {
    const keys = new ActionKeys()
    const first = keyOf(keys, 1)
    keys.settled()
    expect(keyOf(keys, 1)).not.toBe(first)
  })
  it('tells the requests of one action apart and repeats each of them', () => {
    const keys = new ActionKeys()
    const first = [keyOf(keys, 1, 0), keyOf(keys, 1, 1)]
    expect(new Set(first).size).toBe(2)
    expect([keyOf(keys, 1, 0), keyOf(keys, 1, 1)]).toEqual(first)
  })
})
