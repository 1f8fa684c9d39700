import { describe, expect, it } from 'vitest'
import { askedOf, besideOf, textOf } from './trying'

describe('what the address asks to try', () => {
  it('is nothing until it says for which days', () => {
    expect(askedOf({})).toBeUndefined()
    expect(askedOf({ from: '2026-01-01' })).toBeUndefined()
    expect(askedOf({ code: 'a', field: 'cap', value: '5' })).toBeUndefined()
  })
  it('is a round, or days and what lies beside them', () => {
    expect(askedOf({ round: 'r', tab: 'x' })).toEqual({ round: 'r' })
    expect(askedOf({ from: '2026-01-01', to: '2026-12-31', with: 's', with_version: '3' })).toEqual({ from: '2026-01-01', to: '2026-12-31', with: 's', with_version: 3 })
    expect(askedOf({ from: '2026-01-01', to: '2026-12-31', code: 'a', field: 'cap', value: '' })).toEqual({ from: '2026-01-01', to: '2026-12-31', code: 'a', field: 'cap' })
  })
})

describe('what the address lays beside', () => {
  const days = { from: '2026-01-01', to: '2026-12-31' }
  it('is the same after the page was loaded again, or sent to a colleague', () => {
    expect(besideOf({})).toBe('round')
    expect(besideOf({ round: 'r' })).toBe('round')
    expect(besideOf(days)).toBe('none')
    expect(besideOf({ ...days, with: 's', with_version: '3' })).toBe('version')
    expect(besideOf({ ...days, with: 's' })).toBe('scheme')
    expect(besideOf({ ...days, code: 'a', field: 'cap' })).toBe('change')
  })
})

describe('a field as it is typed', () => {
  it('is a number, or levels and steps with what they bring', () => {
    expect(textOf({ cap: '12.5' }, 'cap')).toBe('12.5')
    expect(textOf({ task: 3 }, 'task')).toBe('3')
    expect(textOf({}, 'cap')).toBe('')
    expect(textOf({ levels: [{ level: 'own', points: '5' }, { level: '', points: '1' }] }, 'levels')).toBe('own=5；=1')
    expect(textOf({ table: [{ at_least: '0', points: '70' }] }, 'table')).toBe('0=70')
    expect(textOf({ grades: [{ grade: '优', factor: '1' }] }, 'grades')).toBe('优=1')
  })
})
