import { expect, test } from 'vitest'
import type { AppealRaised } from '@/api/types'
import { mayAppeal } from './data'

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
