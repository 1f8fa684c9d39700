import { expect, it } from 'vitest'
import { strong } from './strong'

it('asks for eight characters with letters, digits and specials (R248)', () => {
  expect(['Salt-2026', '盐政管理-1a!'].map(strong)).toEqual([true, true])
  expect(['Salt-26', 'Saltsalt1', 'salt-salt', '1234-5678', 'Salt 2026'].map(strong)).toEqual([false, false, false, false, false])
})
