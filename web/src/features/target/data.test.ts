import { expect, test } from 'vitest'
import { lacksText } from './data'

test('a number typed for a quarter is not left out because nothing stands beside it', () => {
  expect(lacksText({ value: '60' }, true)).toBe(true)
  expect(lacksText({ value: '60', text: '  ' }, true)).toBe(true)
  expect(lacksText({ value: '60', text: '过半' }, true)).toBe(false)
  expect(lacksText({}, true)).toBe(false)
  expect(lacksText(undefined, true)).toBe(false)
  expect(lacksText({ value: '60' }, false)).toBe(false) // milestones are not counted: the number is not shown
})
