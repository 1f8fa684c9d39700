import { describe, expect, it } from 'vitest'
import type { Deed } from '@/api/types'
import { sampleable } from './Sample'

const deed = (kind: string, note: string, counts = ''): Deed => ({
  id: 'd', kind: 'publish.published', at: '2026-01-01T00:00:00Z', by_name: '', level: '', points: '1', note: counts,
  item: { kind, id: 'i', title: 'x', href: '', note },
})

describe('which texts of other units can be looked into', () => {
  it.each([
    ['a published text elsewhere', deed('publish/item', 'elsewhere'), true],
    ['one that counts under another', deed('publish/item', 'elsewhere', 'duplicate'), true],
    ['one of the own unit', deed('publish/item', ''), false],
    ['one that was withdrawn', deed('publish/item', 'elsewhere', 'reversed'), false],
    ['a withdrawal', deed('publish/item', 'elsewhere', 'reversal'), false],
    ['an envelope', deed('exchange/envelope', 'elsewhere'), false],
  ])('%s', (_, d, want) => { expect(sampleable(d)).toBe(want) })
})
