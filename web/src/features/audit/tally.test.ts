import { expect, test } from 'vitest'
import { narrow } from './tally'

test('a line opens what it counts, the system and no address included', () => {
  expect(narrow('person', '')).toEqual({ who: 'system' })
  expect(narrow('person', 'm1')).toEqual({ member: 'm1' })
  expect(narrow('address', '')).toEqual({ ip: 'none' })
  expect(narrow('address', '10.0.0.1')).toEqual({ ip: '10.0.0.1' })
  expect(narrow('action', 'publish.edited')).toEqual({ action: 'publish.edited' })
  expect(narrow('day', '2026-11-23')).toEqual({ from: '2026-11-23', to: '2026-11-23' })
})
