import { describe, expect, it } from 'vitest'
import { empty, keyText, saidOf } from './said'

const id = '019a4f0e-1111-7000-8000-00000000beef'
const names = new Map([[id, '规划处']])

describe('what an entry says, in words (R265)', () => {
  it('names the usual keys, and leaves one it does not know', () => {
    expect(keyText('ends_at')).toBe('结束时间')
    expect(keyText('basis')).toBe('依据')
    expect(keyText('colour_of_ink')).toBe('colour_of_ink')
  })

  it('shows a name for an id that is known, and the end of one that is not', () => {
    expect(saidOf('department_id', id, names)).toEqual({ text: '规划处', raw: id })
    expect(saidOf('department_id', id, new Map())).toEqual({ text: '…00beef', raw: id })
  })

  it('writes times, digests, permissions and yes or no as people read them', () => {
    expect(saidOf('ends_at', '2026-11-22T09:30:00+08:00', names).text).toMatch(/^2026-11-2\d \d\d:\d\d$/)
    expect(saidOf('sha256', 'ab'.repeat(32), names).text).toBe('abababab…abababab')
    expect(saidOf('head', true, names).text).toBe('是')
    expect(saidOf('n', 0, names).text).toBe('0')
    expect(saidOf('permissions', ['audit.read'], names).list?.[0]?.text).not.toBe('audit.read')
    expect(saidOf('fields', ['title'], names).list?.[0]?.text).toBe('标题')
    expect(saidOf('reason', 'still the same text', names)).toEqual({ text: 'still the same text' })
  })

  it('takes things apart and leaves out what is empty', () => {
    expect(saidOf('post', { department_id: id, title: '', main: false, more: {} }, names).thing?.map((x) => [x.label, x.said.text]))
      .toEqual([['部门', '规划处'], ['主要任职', '否']])
    expect([null, '', [], {}].every(empty)).toBe(true)
    expect([0, false, 'x', [0]].some(empty)).toBe(false)
  })
})
