import { describe, expect, it } from 'vitest'
import { bytes, dateTime, day, duration, shortHash, timeLeft } from './format'

describe('dates', () => {
  it('are written as the office writes them', () => {
    const at = new Date(2026, 10, 2, 9, 5).toISOString()
    expect([day(at), dateTime(at)]).toEqual(['2026-11-02', '2026-11-02 09:05'])
  })
  it('are empty for nothing and for nonsense', () => {
    expect([day(null), dateTime(undefined), dateTime('soon')]).toEqual(['', '', ''])
  })
})

describe('working time', () => {
  it('is told in hours and minutes', () => {
    expect([duration(45), duration(120), duration(410)]).toEqual(['45 分钟', '2 小时', '6 小时 50 分'])
  })
  it('says what is left or by how much it is over', () => {
    expect([timeLeft(60), timeLeft(-95), timeLeft(null)]).toEqual(['剩 1 小时', '已超 1 小时 35 分', ''])
  })
})

it('writes sizes with one digit where it matters', () => {
  expect([bytes(0), bytes(512), bytes(1536), bytes(12 << 20)]).toEqual(['0 B', '512 B', '1.5 KB', '12 MB'])
})

it('shortens a hash to both its ends', () => {
  expect(shortHash('0123456789abcdef0123456789abcdef')).toBe('01234567…89abcdef')
})
