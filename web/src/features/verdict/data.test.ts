import { expect, test } from 'vitest'
import type { AppealRaised } from '@/api/types'
import { ApiError } from '@/api/problem'
import { atRows, mayAppeal, mayAppealAgain } from './data'

const raised = (state: AppealRaised['state'], level = 1) => [{ entry_id: 'a', level, state } as AppealRaised]

test('a line is appealed against in time, in the newest notice, and once', () => {
  const line = { id: 'a', fixed: false }
  const open = { left: 0, replaced: false, appeals: [] }
  expect(mayAppeal(open, line)).toBe(true)
  expect(mayAppeal({ ...open, left: -1 }, line)).toBe(false)
  expect(mayAppeal({ ...open, replaced: true }, line)).toBe(false)
  expect(mayAppeal(open, { ...line, fixed: true })).toBe(false)
  expect(mayAppeal({ ...open, appeals: raised('waiting') }, line)).toBe(false)
  expect(mayAppeal({ ...open, appeals: raised('withdrawn') }, line)).toBe(true)
  expect(mayAppeal({ ...open, appeals: raised('waiting') }, { id: 'b', fixed: false })).toBe(true)
})

test('one appeals once more until the day one was told, before anything is decided, and once', () => {
  const a = { id: 'x', again_by: '2026-11-24' }
  const s = { decided: null, appeals: [] }
  const second = (state: AppealRaised['state']) => ({ ...s, appeals: [{ first_id: 'x', level: 2, state } as AppealRaised] })
  expect(mayAppealAgain(a, s, '2026-11-24')).toBe(true)
  expect(mayAppealAgain(a, s, '2026-11-25')).toBe(false)
  expect(mayAppealAgain({ ...a, again_by: '' }, s, '2026-11-24')).toBe(false)
  expect(mayAppealAgain(a, second('waiting'), '2026-11-24')).toBe(false)
  expect(mayAppealAgain(a, second('withdrawn'), '2026-11-24')).toBe(true)
})

test('what is wrong with a step that was sent is said at its row in the form', () => {
  const moved = atRows(new ApiError({ status: 422, code: 'verdict.day_off', field: 'steps[1].due', meta: { next: '2026-12-07' } }), [0, 5, 6])
  expect((moved as ApiError).problem).toEqual({ status: 422, code: 'verdict.day_off', field: 'steps[5].due', meta: { next: '2026-12-07' } })
  expect((atRows(new ApiError({ status: 422, code: 'x', field: 'lines[1].at_least' }), [0, 5]) as ApiError).problem.field).toBe('lines[1].at_least')
  const other = new Error('x')
  expect(atRows(other, [0])).toBe(other)
})
