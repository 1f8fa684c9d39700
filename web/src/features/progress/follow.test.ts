import { describe, expect, it } from 'vitest'
import { follow, following, forget, onFollowing } from './follow'
import { endText, percent } from './words'

describe('following long works (UI7)', () => {
  it('tells of what is taken up, and lets each end be announced once', () => {
    let told = 0
    const off = onFollowing(() => { told++ })
    follow('a', 'b')
    follow('a')
    expect(following()).toEqual(['a', 'b'])
    expect([forget('a'), forget('a')]).toEqual([true, false])
    expect(following()).toEqual(['b'])
    expect(told).toBe(2)
    off()
    forget('b')
    expect(told).toBe(2)
  })
})

describe('how far a work is', () => {
  it.each([
    ['queued', 0, 0, 0], ['running', 0, 0, 0], ['running', 1, 3, 33], ['running', 299, 300, 99], ['running', 300, 300, 99], ['done', 1, 1, 100],
  ] as const)('%s %i of %i is %i', (state, done, total, want) => { expect(percent({ state, done, total })).toBe(want) })
})

describe('how a work ended', () => {
  const work = { kind: 'assess.recompute', title: '全年', state: 'done', code: '', facts: { entries: '34', digest: 'a'.repeat(64) } } as const
  it('says what came of it', () => {
    expect(endText(work)).toBe('全年：已计算 34 条得分，校验值 aaaaaaaaaaaa')
  })
  it('says why nothing came of it', () => {
    expect(endText({ ...work, state: 'failed', code: 'assess.round_published' })).toBe('全年：没有完成。该轮次已公布')
    expect(endText({ ...work, state: 'stopped' })).toBe('全年：已取消')
  })
  it('has a sentence for a kind nobody wrote one for', () => {
    expect(endText({ ...work, kind: 'other.kind' })).toBe('全年：已完成')
  })
})
