import { describe, expect, it } from 'vitest'
import { lastDay, shade } from './heat'

describe('the heat map of the columns (UI8)', () => {
  it('is darker for more', () => {
    expect([0, 1, 2, 3, 4, 7, 8, 300].map(shade)).toEqual([0, 1, 2, 2, 3, 3, 4, 4])
  })
  it('opens whole weeks, also over the turn of a month and a year', () => {
    expect(lastDay('2026-01-26', '2026-05-20')).toBe('2026-02-01')
    expect(lastDay('2025-12-29', '2026-05-20')).toBe('2026-01-04')
  })
  it('ends the present week today', () => {
    expect(lastDay('2026-05-18', '2026-05-20')).toBe('2026-05-20')
    expect(lastDay('2026-05-18', '2026-05-24')).toBe('2026-05-24')
  })
})
