import { describe, expect, it } from 'vitest'
import type { PatternColumn, PatternStep } from '@/api/types'
import { choicesOf, fieldText, inOrder, proposed, ruleLine, settled } from './pattern'

const column = (key: string, parent: string | null, more: Partial<PatternColumn> = {}): PatternColumn => ({
  key, parent_key: parent, name: key, kind: 'general', kinds: [], purpose: '', sort: 0, review_levels: 1, max_interval_days: null,
  sign: null, named_from: null, comments: null, receipts: null, all_staff: null, ...more,
} as PatternColumn)
const step = (state: PatternStep['state'], key: string, parent: string | null = null): PatternStep => ({
  state, theirs: column(key, parent), theirs_parent: '', ours: state === 'new' || state === 'left' ? null : { ...column(`our-${key}`, null), state: 'active', version: 7 },
  ours_parent: '', differs: [], changed_above: [], decided: 0,
})

describe('choosing of a pattern (R025)', () => {
  const steps = [step('new', 'a'), step('new', 'b', 'a'), step('differs', 'c'), step('left', 'd'), step('new', 'e', 'd'), step('same', 'f'), step('new', 'g', 'f')]

  it('proposes to make what is not here, and nothing for what is', () => {
    expect(proposed(steps)).toEqual({ a: 'make', b: 'make', g: 'make' })
  })

  it('makes nothing below what is not made', () => {
    expect(settled(steps, { a: 'keep', b: 'make', d: 'make', e: 'make' })).toEqual({ a: 'keep', d: 'make', e: 'make' })
  })

  it('lists each column before those below it, and last what ended', () => {
    expect(inOrder([step('ended', 'x'), ...steps]).map((s) => s.theirs.key).join('')).toBe('abcdefgx')
    expect(inOrder([step('new', 'a'), step('new', 'b'), step('new', 'c', 'a')]).map((s) => s.theirs.key).join('')).toBe('acb')
  })

  it('says which version of a column it was read at', () => {
    expect(choicesOf(steps, { a: 'make', c: 'take' })).toEqual([{ key: 'a', take: 'make' }, { key: 'c', take: 'take', version: 7 }])
  })

  it('tells in words what a column sets', () => {
    const c = column('x', null, { sign: true, max_interval_days: 0, review_levels: 2 })
    expect(ruleLine(c)).toMatch(/2/)
    expect(ruleLine(c)).not.toMatch(/评论/)
    expect(fieldText('max_interval_days', c, '')).toBe('不作要求')
    expect(fieldText('parent', c, '')).toBe('顶层')
  })
})
