import { describe, expect, it } from 'vitest'
import { pieces } from './marks'

describe('a text with what was looked for', () => {
  it.each([
    ['节水行动', [], [['节水行动', false]]],
    ['节水行动', [{ from: 0, to: 2 }], [['节水', true], ['行动', false]]],
    ['开展节水行动', [{ from: 2, to: 4 }, { from: 5, to: 6 }], [['开展', false], ['节水', true], ['行', false], ['动', true]]],
    ['𠮷村节水', [{ from: 2, to: 4 }], [['𠮷村', false], ['节水', true]]],
    ['<b>节水', [{ from: 3, to: 5 }], [['<b>', false], ['节水', true]]],
    ['', [], []],
  ])('%j with %j', (text, marks, want) => {
    expect(pieces(text, marks).map((p) => [p.text, p.marked])).toEqual(want)
  })
})
