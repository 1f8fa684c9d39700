import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { yearOf } from '@/features/target/data'
import { after, moment, month, thisMinute, thisYear, today } from './day'

beforeEach(() => { vi.stubEnv('TZ', 'America/Los_Angeles'); vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers(); vi.unstubAllEnvs() })
const days = (n: number) => month(n).map((d) => d.format('YYYY-MM-DD'))

describe('in a browser on the other side of the world, what a dialog begins with', () => {
  it('is the day in China', () => {
    vi.setSystemTime('2026-11-23T17:30:00Z') // the 23rd there, the 24th here
    expect(new Date().getDate()).toBe(23)
    expect([today(), thisMinute(), after(today(), 1, 'day'), after(today(), 1, 'year')]).toEqual(['2026-11-24', '2026-11-24T01:30', '2026-11-25', '2027-11-24'])
  })
  it('is the month and the year in China', () => {
    vi.setSystemTime('2026-12-31T18:00:00Z')
    expect([thisYear(), yearOf({}), days(0), days(1)]).toEqual([2027, 2027, ['2027-01-01', '2027-01-01'], ['2026-12-01', '2026-12-31']])
    vi.setSystemTime('2026-03-30T20:00:00Z') // the 31st here: a month before has no such day
    expect([days(0), days(1)]).toEqual([['2026-03-01', '2026-03-31'], ['2026-02-01', '2026-02-28']])
  })
  it('is a time in China', () => {
    expect([moment('2026-11-25', '08:30'), moment('2026-11-25', '23:59:59.999')]).toEqual(['2026-11-25T00:30:00.000Z', '2026-11-25T15:59:59.999Z'])
  })
})

describe('no screen asks the browser what day it is', () => {
  it('but for the clock', () => {
    const sources = import.meta.glob<string>(['/src/**/*.{ts,tsx}', '!/src/**/*.test.*'], { query: '?raw', import: 'default', eager: true })
    const asks = Object.entries(sources).filter(([, text]) => /dayjs\(\)|new Date\(\)\.(get|toLocale)|toLocaleDateString/.test(text)).map(([file]) => file)
    expect(Object.keys(sources).length).toBeGreaterThan(100)
    expect(asks).toEqual([])
  })
})
