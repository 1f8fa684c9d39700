import { useQuery } from '@tanstack/react-query'
import { Drawer } from 'antd'
import { client, ok } from '@/api/client'
import type { PatternColumn } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { type Node, treeOf } from '@/ui/tree'
import { ruleLine } from './pattern'
import './columns.css'

/** A version that was issued here, as those below see it. */
export function PatternView({ id, close }: { id: string | undefined; close: () => void }) {
  return (
    <Drawer open={id !== undefined} onClose={close} title={t('pattern.contents')} size="large" destroyOnHidden>
      {id && <Contents id={id} />}
    </Drawer>
  )
}

function Contents({ id }: { id: string }) {
  const query = useQuery({ queryKey: ['patterns', id], queryFn: ({ signal }) => ok(client.GET('/publish/patterns/{id}', { signal, params: { path: { id } } })) })
  return (
    <Loaded query={query}>
      {(p) => (
        <div className="stack-wide">
          <div>{t('pattern.head', { issuer: p.issuer.name, n: p.version, at: dateTime(p.issued_at) })}</div>
          <div>{p.note}</div>
          <PatternTree columns={p.items} />
        </div>
      )}
    </Loaded>
  )
}

/** The columns of a version as a tree, each with what it sets. */
export function PatternTree({ columns }: { columns: PatternColumn[] }) {
  const branch = (nodes: Node<PatternColumn & { id: string }>[]) => (
    <ul className="pattern-tree">
      {nodes.map(({ row, children }) => (
        <li key={row.id}>
          <strong>{row.name}</strong> <small className="quiet">{ruleLine(row)}</small>
          {children.length > 0 && branch(children)}
        </li>
      ))}
    </ul>
  )
  return branch(treeOf(columns.map((c) => ({ ...c, id: c.key, parent_id: c.parent_key }))))
}
