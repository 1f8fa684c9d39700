import { describe, expect, it } from 'vitest'
import type { Column } from '@/api/types'
import { wishForm, wishOf } from './WishFields'

const column = { name: '动态', parent_id: null, purpose: '汛情', review_levels: 2, sets: { kinds: ['news'] } } as unknown as Column

describe('what is asked of a column (R023)', () => {
  const form = wishForm(undefined, column)
  it('is nothing where nothing was changed', () => { expect(wishOf(form, column)).toEqual({}) })
  it.each([
    ['kinds as above', { kinds: [] }, { clear: ['kinds'] }],
    ['no purpose', { purpose: '' }, { clear: ['purpose'] }],
    ['other kinds', { kinds: ['notice'] }, { kinds: ['notice'] }],
  ])('can be %s, and comes back to the form', (_, change, wish) => {
    const asked = wishOf({ ...form, ...change }, column)
    expect(asked).toEqual(wish)
    expect(wishOf(wishForm(asked, column), column)).toEqual(wish)
  })
  it('sets a new column nothing back', () => { expect(wishOf({ name: '新', kinds: [], purpose: '' }, undefined)).toEqual({ name: '新' }) })
})
