import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Input, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Tenant } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { day } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { OneTimeSecret } from '@/ui/OneTimeSecret'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { treeOf } from '@/ui/tree'
import { type Search, useAddress } from '@/ui/useAddress'
import { NewTenant } from './NewTenant'
import { GroupSelect } from './pickers'
import { LinkButton, SuspendButton } from './TenantActions'

interface Leaf extends Tenant { children?: Leaf[] }
const STATES = ['active', 'read_only', 'suspended', 'waiting'] as const
const LINKS = { used: 'success', waiting: 'processing', expired: 'warning' } as const

function queryOf(s: Search) {
  return { ...sortedPageOf<'/console/tenants'>(s), ...(s.group ? { group: s.group } : {}), ...(s.state ? { state: s.state } : {}), ...(s.q ? { q: s.q } : {}) }
}

/** The tenants, from onboarding to suspension: a tree in pages, unless sorted or looked for. */
export function Tenants() {
  const [search, set] = useAddress()
  const tree = !search.sort && !search.q && !search.state
  const query = useQuery({
    queryKey: ['console', 'tenants', search], placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const list = await ok(client.GET('/console/tenants', { signal, params: { query: queryOf(search) } }))
      return { ...list, items: tree ? treeOf(list.items).map(leaf) : list.items as Leaf[] }
    },
  })
  const [adding, setAdding] = useState(false)
  const [link, setLink] = useState<string>()
  const filter = (patch: Search) => { set({ ...patch, after: undefined }) }
  return (
    <Page help="console" name={t('console.tenants')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setAdding(true) }}>{t('console.new_tenant')}</Button>}>
      <section className="panel">
        <div className="filters">
          <Input.Search className="grow" key={search.q} allowClear defaultValue={search.q} placeholder={t('console.search')} aria-label={t('console.search')} onSearch={(q) => { filter({ q }) }} />
          <GroupSelect allowClear className="grow" placeholder={t('console.all_groups')} aria-label={t('console.group')} value={search.group} onChange={(group) => { filter({ group }) }} />
          <Select allowClear style={{ minWidth: 120 }} placeholder={t('console.all_states')} aria-label={t('app.state')} value={search.state} onChange={(state: string | undefined) => { filter({ state }) }}
            options={STATES.map((s) => ({ value: s, label: s === 'waiting' ? t('console.filter_waiting') : t(`tenant.state.${s}`) }))} />
        </div>
        <DataTable id="tenants" label={t('console.tenants')} query={query} columns={columnsOf(setLink)} rowKey={(x) => x.id}
          exportHref={exportHref('/console/tenants', queryOf(search), currentLocale())} empty={<Nothing text={t('console.no_tenants')} />} />
      </section>
      <NewTenant open={adding} close={() => { setAdding(false) }} group={search.group} made={setLink} />
      <AdminLink token={link} close={() => { setLink(undefined) }} />
    </Page>
  )
}

/** The first administrator's link, shown once. */
export function AdminLink({ token, close }: { token: string | undefined; close: () => void }) {
  return <OneTimeSecret title={t('console.link_title')} hint={t('console.link_hint')} close={close} secret={token === undefined ? undefined : `${window.location.origin}/activate#${token}`} />
}

export function LinkState({ state }: { state: Tenant['link'] }) {
  return <Tag color={LINKS[state]}>{t(`console.link.${state}`)}</Tag>
}

export function StateTag({ state }: { state: Tenant['state'] }) {
  return <Tag color={state === 'active' ? 'success' : state === 'read_only' ? 'warning' : 'error'}>{t(`tenant.state.${state}`)}</Tag>
}

function leaf(n: ReturnType<typeof treeOf<Tenant>>[number]): Leaf {
  return n.children.length ? { ...n.row, children: n.children.map(leaf) } : { ...n.row }
}

function columnsOf(made: (token: string) => void): Col<Leaf>[] {
  return [
    { key: 'name', title: t('app.name_label'), fixed: true, sort: 'name', render: (x) => (
      <><Link to="/console/tenants/$id" params={{ id: x.id }}>{x.name}</Link> {x.short_name !== x.name && <span className="quiet">{x.short_name}</span>}</>
    ) },
    { key: 'path', title: t('console.path'), render: (x) => x.path.length ? x.path.map((a) => a.name).join(' / ') : <span className="quiet">{t('console.top_level')}</span> },
    { key: 'slug', title: t('console.slug'), sort: 'slug', render: (x) => <span className="mono">{x.slug}</span> },
    { key: 'kind', title: t('console.kind'), render: (x) => t(`tenant.kind.${x.kind}`) },
    { key: 'state', title: t('app.state'), render: (x) => <StateTag state={x.state} /> },
    { key: 'admin', title: t('console.first_admin'), render: (x) => <><LinkState state={x.link} />{x.link === 'expired' && <LinkButton tenant={x} made={made} />}</> },
    { key: 'created', title: t('console.created'), date: true, sort: '-created_at', render: (x) => day(x.created_at) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (x) => <SuspendButton tenant={x} /> },
  ]
}
