import { describe, expect, it } from 'vitest'
import { actionText, objectText, placeOf, thingOf } from './words'

const id = '019a4f0e-1111-7000-8000-00000000beef'

describe('the audit in words', () => {
  it('names actions, and shows the code of one it does not know', () => {
    expect(actionText('publish.published')).not.toBe('publish.published')
    expect(actionText('archive.burned')).toBe('archive.burned')
  })

  it('calls an object by what is recorded with it, else by the end of its id', () => {
    expect(objectText({ object: `publish/column/${id}`, detail: { name: 'News', version: 2 } })).toContain('News')
    expect(objectText({ object: `publish/item/${id}`, detail: {} })).toContain('…00beef')
    expect(objectText({ object: `org/member/${id}`, detail: {}, member_id: id, name: 'Zhou' })).toContain('Zhou')
    expect(objectText({ object: 'calendar/year/2026', detail: null })).toContain('2026')
    expect(objectText({ object: 'strange', detail: [1] })).toBe('strange')
  })

  it('takes objects apart', () => {
    expect(thingOf(`publish/item/${id}`)).toEqual({ kind: 'publish/item', id })
    expect(thingOf('rbac/roles')).toEqual({ kind: 'rbac/roles', id: '' })
  })

  it('links only to what the reader may open', () => {
    expect(placeOf(`publish/item/${id}`, (...codes) => codes.includes('publish.inspect'))).toBe(`/publish/items/${id}`)
    expect(placeOf(`publish/item/${id}`, () => false)).toBeUndefined()
    expect(placeOf(`org/session/${id}`, () => true)).toBeUndefined()
  })
})
