import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Tenant } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { day } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { OneTimeSecret } from '@/ui/OneTimeSecret'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { useGroups } from './Groups'
import { NewTenant } from './NewTenant'

interface Leaf extends Tenant { children?: Leaf[] }

/** The tenants as a tree, from onboarding to suspension. */
export function Tenants() {
  const [search, set] = useAddress()
  const groups = useGroups()
  const query = useQuery({
    queryKey: ['console', 'tenants', search.group],
    queryFn: async ({ signal }) => {
      const list = await ok(client.GET('/console/tenants', { signal, params: { query: search.group ? { group: search.group } : {} } }))
      return { items: treeOf(list.items).map(leaf), flat: list.items }
    },
  })
  const [adding, setAdding] = useState(false)
  const [link, setLink] = useState<string>()
  return (
    <Page help="console" name={t('console.tenants')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setAdding(true) }}>{t('console.new_tenant')}</Button>}>
      <section className="panel">
        <div className="filters">
          <Select allowClear className="grow" placeholder={t('console.all_groups')} aria-label={t('console.group')} value={search.group}
            onChange={(group: string | undefined) => { set({ group }) }} options={(groups.data?.items ?? []).map((g) => ({ value: g.id, label: g.name }))} />
        </div>
        <TenantTable query={query} shown={setLink} />
      </section>
      <NewTenant open={adding} close={() => { setAdding(false) }} groups={groups.data?.items ?? []} tenants={query.data?.flat ?? []}
        group={search.group} made={setLink} />
      <OneTimeSecret title={t('console.link_title')} hint={t('console.link_hint')} close={() => { setLink(undefined) }}
        secret={link === undefined ? undefined : `${window.location.origin}/activate#${link}`} />
    </Page>
  )
}

function leaf(n: ReturnType<typeof treeOf<Tenant>>[number]): Leaf {
  return n.children.length ? { ...n.row, children: n.children.map(leaf) } : { ...n.row }
}

function TenantTable({ query, shown }: { query: Parameters<typeof DataTable<Leaf>>[0]['query']; shown: (token: string) => void }) {
  const [form] = Form.useForm<Reason>()
  const [suspended, setSuspended] = useState<Tenant>()
  const suspend = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/console/tenants/{id}/suspend', { ...act(), params: { path: { id: suspended?.id ?? '' } }, body: { reason: v.reason, version: suspended?.version ?? 0 } })),
    done: (x) => t('console.suspended', { name: x.name }),
    undo: (x, _, act) => ok(client.POST('/console/tenants/{id}/resume', { ...act(), params: { path: { id: x.id } }, body: { version: x.version } })),
    after: () => { setSuspended(undefined) },
  })
  const resume = useAction({
    run: (x: Tenant, act) => ok(client.POST('/console/tenants/{id}/resume', { ...act(), params: { path: { id: x.id } }, body: { version: x.version } })),
    done: (x) => t('console.resumed', { name: x.name }),
  })
  const admin = useAction({
    run: (x: Tenant, act) => ok(client.POST('/console/tenants/{id}/first-admin', { ...act(), params: { path: { id: x.id } } })),
    after: (r) => { shown(r.link_token) },
  })
  const columns: Col<Leaf>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, render: (x) => <>{x.name} {x.short_name !== x.name && <span className="quiet">{x.short_name}</span>}</> },
    { key: 'slug', title: t('console.slug'), render: (x) => <span className="mono">{x.slug}</span> },
    { key: 'kind', title: t('console.kind'), render: (x) => t(`tenant.kind.${x.kind}`) },
    { key: 'state', title: t('app.state'), render: (x) => <Tag color={x.state === 'active' ? 'success' : 'error'}>{t(`tenant.state.${x.state}`)}</Tag> },
    { key: 'admin', title: t('console.first_admin'), render: (x) => x.admin_activated ? t('console.admin_active')
      : <Button size="small" loading={admin.busy} onClick={() => { admin.go(x) }}>{t('console.new_link')}</Button> },
    { key: 'created', title: t('console.created'), render: (x) => day(x.created_at) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (x) => x.state === 'active'
      ? <Button size="small" danger onClick={() => { setSuspended(x) }}>{t('console.suspend')}</Button>
      : <Button size="small" loading={resume.busy} onClick={() => { resume.go(x) }}>{t('console.resume')}</Button> },
  ]
  return (
    <>
      <DataTable id="tenants" label={t('console.tenants')} query={query} columns={columns} rowKey={(x) => x.id} paged={false} empty={<Nothing text={t('console.no_tenants')} />} />
      <ReasonDialog title={t('console.suspend_ask', { name: suspended?.name ?? '' })} open={suspended !== undefined} close={() => { setSuspended(undefined) }} form={form} action={suspend} danger />
    </>
  )
}
