import { describe, expect, it } from 'vitest'
import { directionOf, directions, exportHref, sortOf } from './sort'

describe('a sorted list (UI4)', () => {
  it.each([
    ['title', 'title', 'ascend'], ['title', '-title', 'descend'], ['-sent_at', 'sent_at', 'ascend'], ['-sent_at', '-sent_at', 'descend'],
    ['title', 'titles', null], ['title', undefined, null],
  ] as const)('column %s in a list by %s goes %s', (column, current, way) => {
    expect(directionOf(column, current)).toBe(way)
    if (way) expect(sortOf(column, way)).toBe(current)
  })

  it('begins with the newest where the column says so', () => {
    expect(directions('-sent_at')[0]).toBe('descend')
    expect(directions('title')[0]).toBe('ascend')
  })

  it('has its usual order again when the column has none', () => {
    expect(sortOf('title', null)).toBeUndefined()
  })
})

describe('the address of an export', () => {
  it('has the filter and the order, and no page', () => {
    expect(exportHref('/publish/items', { view: 'all', q: '值班 100%', sort: '-title', after: 'x', limit: 50, unread: undefined }, 'zh-CN'))
      .toBe('/api/publish/items?view=all&q=%E5%80%BC%E7%8F%AD+100%25&sort=-title&format=xlsx&lang=zh')
  })

  it('speaks the language of the page', () => {
    expect(exportHref('/org/members', {}, 'en')).toBe('/api/org/members?format=xlsx&lang=en')
  })
})
