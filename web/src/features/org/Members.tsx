import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Member, MemberDraft } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { OneTimeSecret } from '@/ui/OneTimeSecret'
import { Page } from '@/ui/Page'
import { DepartmentSelect } from '@/ui/pickers'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { MemberDrawer } from './MemberDrawer'

const COLORS = { invited: 'warning', active: 'success', locked: 'error', left: 'default' } as const

/** The tenant's people. */
export function Members() {
  const [search, set] = useAddress()
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string>()
  const asked = {
    ...sortedPageOf<'/org/members'>(search), ...(search.q ? { q: search.q } : {}), ...(search.department ? { department: search.department } : {}),
  }
  const query = useQuery({
    queryKey: ['members', search],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/org/members', { signal, params: { query: asked } })),
  })
  const member = query.data?.items.find((m) => m.id === search.member)
  return (
    <Page help="members" name={t('nav.members')} extra={
      <Button type="primary" icon={<PlusOutlined />} onClick={() => { setAdding(true) }}>{t('member.new')}</Button>
    }>
      <section className="panel">
        <div className="filters">
          <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('member.search')} aria-label={t('member.search')}
            onSearch={(q) => { set({ q, after: undefined }) }} />
          <DepartmentSelect allowClear aria-label={t('member.department')} value={search.department} placeholder={t('member.all_departments')}
            onChange={(department) => { set({ department, after: undefined }) }} />
        </div>
        <DataTable id="members" label={t('nav.members')} query={query} columns={columns((m) => { set({ member: m.id }) })} rowKey={(m) => m.id}
          empty={<Nothing text={t('member.empty')} />} exportHref={exportHref('/org/members', asked, currentLocale())} />
      </section>
      <AddMember open={adding} close={() => { setAdding(false) }} department={search.department} added={setSecret} />
      {member && <MemberDrawer member={member} close={() => { set({ member: undefined }, true) }} secret={setSecret} />}
      <OneTimeSecret title={t('member.password_once')} hint={t('member.password_hint')} secret={secret} close={() => { setSecret(undefined) }} />
    </Page>
  )
}

function columns(open: (m: Member) => void): Col<Member>[] {
  return [
    { key: 'name', title: t('org.name'), sort: 'name', fixed: true, render: (m) => <Button type="link" size="small" className="flush" onClick={() => { open(m) }}>{m.name}</Button> },
    { key: 'login', title: t('org.login'), sort: 'login', render: (m) => <span className="mono">{m.login}</span> },
    { key: 'posts', title: t('member.posts'), render: (m) => m.posts.map((p) => (
      <div key={p.id}>{p.department_name} {p.title} {p.head && <Tag color="processing">{t('dept.head')}</Tag>}</div>
    )) },
    { key: 'state', title: t('app.state'), sort: 'state', render: (m) => <Tag color={COLORS[m.state]}>{t(`member.state.${m.state}`)}</Tag> },
  ]
}

function AddMember({ open, close, department, added }: { open: boolean; close: () => void; department?: string; added: (password: string) => void }) {
  const [form] = Form.useForm<MemberDraft>()
  const add = useAction({
    form,
    run: (v: MemberDraft, act) => ok(client.POST('/org/members', { ...act(), body: { ...v, title: v.title || '', head: Boolean(v.head) } })),
    done: (r) => t('member.added', { name: r.member.name }),
    after: (r) => {
      close()
      added(r.one_time_password)
    },
  })
  return (
    <FormDialog title={t('member.new')} open={open} close={close} form={form} action={add} initial={{ department_id: department }}>
      <Form.Item name="name" label={t('org.name')} rules={[required(t('org.name'))]}><Input maxLength={50} autoFocus /></Form.Item>
      <Form.Item name="login" label={t('org.login')} rules={[required(t('org.login'))]}><Input maxLength={50} autoCapitalize="none" spellCheck={false} autoComplete="off" /></Form.Item>
      <Form.Item name="department_id" label={t('member.department')} rules={[chosen(t('member.department'))]}><DepartmentSelect /></Form.Item>
      <Form.Item name="title" label={t('member.title')}><Input maxLength={50} placeholder={t('member.title_ph')} /></Form.Item>
      <Form.Item name="head" valuePropName="checked"><Checkbox>{t('member.is_head')}</Checkbox></Form.Item>
    </FormDialog>
  )
}
