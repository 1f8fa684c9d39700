import { describe, expect, it } from 'vitest'
import { within } from './cover'
import { fieldsToSave } from './fields'

describe('a photo as a page needs it', () => {
  it.each([
    [4000, 3000, { w: 1600, h: 1200 }], [3000, 4000, { w: 1200, h: 1600 }], [800, 600, { w: 800, h: 600 }], [16000, 1, { w: 1600, h: 1 }],
  ])('%i × %i', (w, h, want) => { expect(within(w, h)).toEqual(want) })
})

describe('what is saved of the fields', () => {
  it('names departments only with the audience that has some', () => {
    expect(fieldsToSave({ audience: 'departments', audience_departments: ['a'] })).toEqual({ audience: 'departments', audience_departments: ['a'], event_date: '', valid_until: '' })
    expect(fieldsToSave({ audience: 'departments', audience_departments: [] })).toEqual({ event_date: '', valid_until: '' })
    expect(fieldsToSave({ audience: 'readers', audience_departments: ['a'], event_date: '2026-11-01' })).toEqual({ audience: 'readers', event_date: '2026-11-01', valid_until: '' })
  })
})
