import { expect, it } from 'vitest'
import { treeOf } from './tree'

it('builds trees in the rows’ order and keeps orphans as roots', () => {
  const rows = [
    { id: 'b', sort: 2 }, { id: 'a', sort: 1 }, { id: 'a2', parent_id: 'a', sort: 2 }, { id: 'a1', parent_id: 'a', sort: 1 }, { id: 'x', parent_id: 'gone', sort: 3 },
  ]
  const shape = (nodes: ReturnType<typeof treeOf>): unknown => nodes.map((n) => [n.row.id, shape(n.children)])
  expect(shape(treeOf(rows))).toEqual([['a', [['a1', []], ['a2', []]]], ['b', []], ['x', []]])
})
