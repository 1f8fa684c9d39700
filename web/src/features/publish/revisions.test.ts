import { expect, it } from 'vitest'
import type { DiffBlock, RevisionRow } from '@/api/types'
import { fold, returnedBefore } from './revisions'

const blocks = (ops: string) => [...ops].map((o): DiffBlock => ({ op: o === '.' ? 'same' : 'changed', kind: 'text', spans: [] }))
const shown = (ops: string) => fold(blocks(ops)).map((s) => ('left' in s ? String(s.left) : s.block.op === 'same' ? '.' : '*')).join('')

it('what was not touched is folded, but for what stands next to a change', () => {
  expect(shown('')).toBe('')
  expect(shown('...')).toBe('3')
  expect(shown('*')).toBe('*')
  expect(shown('.*.')).toBe('.*.')
  expect(shown('....*....')).toBe('3.*.3')
  expect(shown('..*...*..')).toBe('..*...*..') // one is not worth folding
  expect(shown('*....*')).toBe('*.2.*')
})

const row = (number: number, more: Partial<RevisionRow>): RevisionRow => ({
  number, author: { id: 'a', name: '甲' }, began_at: '', saved_at: '', fields: [], restored_from: null, current: false, outcome: 'none', handed_at: null, decided: false, ...more,
})

it('a reviewer compares with what they decided on, or else with what was returned last (R007)', () => {
  expect(returnedBefore([row(1, { current: true, outcome: 'open' })])).toBeUndefined()
  expect(returnedBefore([row(3, { current: true, outcome: 'open' }), row(2, {}), row(1, { outcome: 'returned' })])?.number).toBe(1)
  expect(returnedBefore([row(3, { current: true }), row(2, { outcome: 'returned' }), row(1, { outcome: 'returned', decided: true })])?.number).toBe(1)
  expect(returnedBefore([row(1, { current: true, outcome: 'returned', decided: true })])).toBeUndefined()
})
