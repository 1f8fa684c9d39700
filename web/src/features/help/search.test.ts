import { describe, expect, it } from 'vitest'
import type { Outline } from '@/help/outline'
import type { HelpPage } from '@/help/pages'
import { matching } from './search'

const all = new Map<HelpPage, Outline>([
  ['writing', { page: 'writing', title: '写稿与提交审核', lead: '写一篇稿件。', heads: [{ at: 'files', text: '附件' }] }],
  ['review', { page: 'review', title: '审核与四项确认', lead: '看完再办。', heads: [{ at: 'return', text: '退回' }, { at: 'checks', text: '四项确认' }] }],
])

describe('searching the guides', () => {
  it.each([
    ['', ['writing', 'review']], ['退回', ['review']], ['审核', ['writing', 'review']], ['审核 退回', ['review']], ['没有的词', []],
  ])('for "%s" finds %j', (q, pages) => { expect([...matching(all, q).keys()]).toEqual(pages) })

  it('names the headings that speak of it, all of them without a word', () => {
    expect(matching(all, '退回').get('review')?.heads).toEqual([{ at: 'return', text: '退回' }])
    expect(matching(all, '').get('review')?.heads).toHaveLength(2)
  })
})
