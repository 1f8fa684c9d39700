import { expect, it } from 'vitest'
import { inside } from './inside'
import { parseSearch, stringifySearch } from './useAddress'

it('stays within the app after signing in (UI14)', () => {
  expect(inside('/publish/items/7?tab=1')).toBe('/publish/items/7?tab=1')
  for (const away of ['https://evil.example', '//evil.example', '/\\evil.example', '/\t/evil.example', '/\n/evil.example', '/a\\..\\evil.example', '\t//evil.example', 'javascript:alert(1)', '', undefined, '/sign-in?next=/']) {
    expect(inside(away)).toBe('/')
  }
})

it('keeps an address’s query as text, without empty members (UI4)', () => {
  expect(parseSearch('?q=007&unread=1')).toEqual({ q: '007', unread: '1' })
  expect(stringifySearch({ q: '盐 政', tab: '', after: undefined })).toBe('?q=%E7%9B%90+%E6%94%BF')
  expect(stringifySearch({})).toBe('')
})
