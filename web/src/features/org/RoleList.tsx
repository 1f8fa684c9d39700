import { DeleteOutlined, EditOutlined } from '@ant-design/icons'
import type { UseQueryResult } from '@tanstack/react-query'
import { Button, Collapse, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { List, Role } from '@/api/types'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { permissionName } from './permissions'

/** The roles of the unit and what each bundles; its own can be changed. */
export function RoleList({ query, edit, may }: { query: UseQueryResult<List<Role>>; edit: (r: Role) => void; may: boolean }) {
  return (
    <Loaded query={query}>
      {(d) => <Collapse items={d.items.map((r) => ({ key: r.id, label: <Name role={r} />, children: <Holds role={r} edit={edit} may={may} /> }))} />}
    </Loaded>
  )
}

function Name({ role }: { role: Role }) {
  return (
    <span className="row">
      {role.name} {role.builtin && <Tag>{t('role.builtin')}</Tag>}
      <span className="quiet">{t('role.count', { n: role.permissions.length })}</span>
      <span className="quiet">{t('role.given', { n: role.grants })}</span>
    </span>
  )
}

function Holds({ role, edit, may }: { role: Role; edit: (r: Role) => void; may: boolean }) {
  const remove = useAction({
    run: (r: Role, act) => ok(client.DELETE('/org/roles/{id}', { ...act(), params: { path: { id: r.id } } })),
    confirm: (r) => ({ title: t('role.delete_ask', { name: r.name }), danger: true, ok: t('app.delete') }),
    done: (_, r) => t('role.deleted', { name: r.name }),
  })
  return (
    <div className="stack-wide">
      <div className="row">{role.permissions.map((p) => <Tag key={p} title={p}>{permissionName(p)}</Tag>)}</div>
      {role.builtin && <span className="quiet">{t('role.builtin_hint')}</span>}
      {!role.builtin && may && (
        <div className="row">
          <Button size="small" icon={<EditOutlined />} onClick={() => { edit(role) }}>{t('app.edit')}</Button>
          <Button size="small" danger icon={<DeleteOutlined />} loading={remove.busy} disabled={role.grants > 0} onClick={() => { remove.go(role) }}>{t('app.delete')}</Button>
          {role.grants > 0 && <span className="quiet">{t('role.delete_hint')}</span>}
        </div>
      )}
    </div>
  )
}
