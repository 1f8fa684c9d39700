import { expect, test } from 'vitest'
import { askedOf } from './asked'

test('only the wish for a second factor asks for one', () => {
  const meta = { ticket: 'x', ways: ['totp', 'recovery'] }
  expect(askedOf({ status: 401, code: 'org.credentials', meta })).toBeUndefined()
  expect(askedOf({ status: 401, code: 'org.second_wanted', meta: { ways: [] } })).toBeUndefined()
  expect(askedOf({ status: 401, code: 'org.second_wanted', meta })).toEqual(meta)
  expect(askedOf({ status: 401, code: 'org.second_wanted', meta: { ...meta, passkey: { challenge: 'y' } } })?.passkey).toEqual({ challenge: 'y' })
})
