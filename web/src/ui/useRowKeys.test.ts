import { describe, expect, it } from 'vitest'
import { nextRow } from './useRowKeys'

describe('the row j and k lead to (UI5)', () => {
  it.each([
    ['nowhere in an empty list', -1, 1, 0, -1],
    ['the first with j from nowhere', -1, 1, 3, 0],
    ['the first with k from nowhere', -1, -1, 3, 0],
    ['the next', 0, 1, 3, 1],
    ['the one before', 2, -1, 3, 1],
    ['not beyond the last', 2, 1, 3, 2],
    ['not before the first', 0, -1, 3, 0],
  ])('is %s', (_, at, step, n, want) => { expect(nextRow(at, step, n)).toBe(want) })
})
