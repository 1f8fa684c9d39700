import { expect, it } from 'vitest'
import { monthOf } from './year'

it('lays a month out in weeks from Monday, with holidays and make-up days', () => {
  const special = new Map([['2026-02-14', { date: '2026-02-14', off: false, name: '春节' }], ['2026-02-16', { date: '2026-02-16', off: true, name: '春节' }]])
  const weeks = monthOf(2026, 1, special)
  const days = weeks.flat().filter((d) => d !== undefined)
  expect([weeks.length, days.length, weeks[0]?.[6]?.date]).toEqual([5, 28, '2026-02-01'])
  const off = (date: string) => days.find((d) => d.date === date)?.off
  expect([off('2026-02-13'), off('2026-02-14'), off('2026-02-15'), off('2026-02-16')]).toEqual([false, false, true, true])
})
