// Trees out of flat lists.

interface Row { id: string; parent_id?: string | null; sort?: number }
export interface Node<T> { row: T; children: Node<T>[] }

/** The rows as trees, in their order; a row whose parent is not in the list is a root. */
export function treeOf<T extends Row>(rows: T[]): Node<T>[] {
  const nodes = new Map(rows.map((row) => [row.id, { row, children: [] as Node<T>[] }]))
  const roots: Node<T>[] = []
  for (const node of nodes.values()) {
    const parent = node.row.parent_id ? nodes.get(node.row.parent_id) : undefined
    ;(parent ? parent.children : roots).push(node)
  }
  const sort = (list: Node<T>[]) => {
    list.sort((a, b) => (a.row.sort ?? 0) - (b.row.sort ?? 0))
    list.forEach((n) => { sort(n.children) })
  }
  sort(roots)
  return roots
}
