import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Collapse, Tabs, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Grant, Role } from '@/api/types'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { GrantDialog } from './GrantDialog'

/** The words for a permission; its code where nobody wrote any. */
export const permissionName = (code: string) => tOr(`permission.${code}`, code)

/** Who holds which role, and what a role holds. */
export function Roles() {
  const [search, set] = useAddress()
  const roles = useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => ok(client.GET('/org/roles', { signal })) })
  const [granting, setGranting] = useState(false)
  return (
    <Page help="roles" name={t('nav.roles')} extra={
      <Button type="primary" icon={<PlusOutlined />} onClick={() => { setGranting(true) }}>{t('grant.new')}</Button>
    }>
      <section className="panel">
        <Tabs activeKey={search.tab ?? 'grants'} onChange={(tab) => { set({ tab }) }} items={[
          { key: 'grants', label: t('grant.list'), children: <Grants /> },
          { key: 'roles', label: t('role.list'), children: (
            <Loaded query={roles}>
              {(d) => <Collapse items={d.items.map((r) => ({ key: r.id, label: <RoleName role={r} />, children: <Holds role={r} /> }))} />}
            </Loaded>
          ) },
        ]} />
      </section>
      <GrantDialog open={granting} close={() => { setGranting(false) }} roles={roles.data?.items ?? []} />
    </Page>
  )
}

function RoleName({ role }: { role: Role }) {
  return <>{role.name} {role.builtin && <Tag>{t('role.builtin')}</Tag>}<span className="quiet">{t('role.count', { n: role.permissions.length })}</span></>
}

function Holds({ role }: { role: Role }) {
  return <div className="row">{role.permissions.map((p) => <Tag key={p} title={p}>{permissionName(p)}</Tag>)}</div>
}

function Grants() {
  const query = useQuery({ queryKey: ['grants'], queryFn: ({ signal }) => ok(client.GET('/org/grants', { signal, params: { query: {} } })) })
  const remove = useAction({
    run: (g: Grant, act) => ok(client.DELETE('/org/grants/{id}', { ...act(), params: { path: { id: g.id } } })),
    done: (_, g) => t('grant.removed', { name: subject(g) }),
    undo: (_, g, act) => ok(client.POST('/org/grants', { ...act(), body: {
      subject_kind: g.subject.kind, ...(g.subject.id ? { subject_id: g.subject.id } : {}),
      ...(g.permission ? { permission: g.permission } : { role_id: g.role_id }),
      ...(g.scope ? { scope_kind: g.scope.kind === 'column' ? 'column' as const : 'department' as const, scope_id: g.scope.id } : {}), ...(g.until ? { until: g.until } : {}),
    } })),
  })
  const columns: Col<Grant>[] = [
    { key: 'subject', title: t('grant.subject'), fixed: true, render: (g) => <>{subject(g)} <Tag>{t(`grant.kind.${g.subject.kind}`)}</Tag></> },
    { key: 'what', title: t('grant.what'), render: (g) => g.role_name || permissionName(g.permission) },
    { key: 'scope', title: t('grant.scope'), render: (g) => (g.scope ? tOr(`grant.scope.${g.scope.kind}`, g.scope.kind) : t('grant.everywhere')) },
    { key: 'until', title: t('grant.until'), render: (g) => (g.until ? dateTime(g.until) : t('grant.no_end')) },
    { key: 'by', title: t('grant.by'), render: (g) => g.granted_by },
    { key: 'at', title: t('app.time'), render: (g) => dateTime(g.granted_at) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (g) => <Button size="small" danger loading={remove.busy} onClick={() => { remove.go(g) }}>{t('grant.remove')}</Button> },
  ]
  return <DataTable id="grants" label={t('grant.list')} query={query} columns={columns} rowKey={(g) => g.id} empty={<Nothing text={t('grant.empty')} />} />
}

function subject(g: Grant): string { return g.subject.kind === 'everyone' ? t('grant.kind.everyone') : g.subject.name }
