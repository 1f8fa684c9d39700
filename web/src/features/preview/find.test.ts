import { describe, expect, it } from 'vitest'
import { hits } from './find'

describe('finding words in a page', () => {
  it('finds them in one piece and over several', () => {
    expect(hits(3, ['关于防汛', '工作的', '通知'], '汛工作')).toEqual([{ page: 3, from: 0, to: 1 }])
    expect(hits(1, ['通知', '', '通知'], '通知')).toEqual([{ page: 1, from: 0, to: 0 }, { page: 1, from: 2, to: 2 }])
  })
  it('takes letters of any width and case, and no spaces', () => {
    expect(hits(1, ['Ｐ D', 'F 一'], 'pdf一')).toHaveLength(1)
  })
  it('finds nothing for nothing, and what is not there', () => {
    expect(hits(1, ['通知'], '  ')).toEqual([])
    expect(hits(1, [], '通')).toEqual([])
    expect(hits(1, ['通知'], '知通')).toEqual([])
  })
})
