import { describe, expect, it } from 'vitest'
import { every } from './data'

describe('every', () => {
  it('asks page by page until there is no other', async () => {
    const asked: (string | undefined)[] = []
    const pages = new Map([[undefined, { items: [1, 2], next: 'b' }], ['b', { items: [3], next: 'c' }], ['c', { items: [], next: '' }]])
    const all = await every<number>(({ after, limit }) => {
      expect(limit).toBe(200)
      asked.push(after)
      return Promise.resolve(pages.get(after) ?? { items: [], next: '' })
    })
    expect(all).toEqual({ items: [1, 2, 3], next: '' })
    expect(asked).toEqual([undefined, 'b', 'c'])
  })
})
