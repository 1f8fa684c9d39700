import { DownOutlined, PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Checkbox, Dropdown, Form, Input, type InputRef, Radio, Tag } from 'antd'
import { useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { client, ok } from '@/api/client'
import type { Member, MemberDraft } from '@/api/types'
import { useCan } from '@/app/session'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { OneTimeSecret } from '@/ui/OneTimeSecret'
import { Page } from '@/ui/Page'
import { DepartmentSelect } from '@/ui/pickers'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { MemberDrawer } from './MemberDrawer'

const PLACES = ['imports', 'register', 'handovers', 'accounts', 'requests', 'offices'] as const
const COLORS = { invited: 'warning', active: 'success', locked: 'error', left: 'default' } as const

/** The tenant's people. */
export function Members() {
  const can = useCan()
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
      <>
        {can('staff.manage') && <Dropdown menu={{ items: PLACES.map((p) => ({ key: p, label: <Link to={`/org/${p}`}>{t(`staff.${p}`)}</Link> })) }}><Button>{t('staff.more')} <DownOutlined /></Button></Dropdown>}
        <Button type="primary" icon={<PlusOutlined />} onClick={() => { setAdding(true) }}>{t('member.new')}</Button>
      </>
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
      {member && <MemberDrawer member={member} close={() => { set({ member: undefined }, true) }} />}
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
    { key: 'state', title: t('app.state'), sort: 'state', render: (m) => <><Tag color={COLORS[m.state]}>{t(`member.state.${m.state}`)}</Tag>{m.kind === 'external' && <Tag>{m.until ? t('staff.until_is', { until: m.until }) : t('staff.kind.external')}</Tag>}</> },
  ]
}

function AddMember({ open, close, department, added }: { open: boolean; close: () => void; department?: string; added: (password: string) => void }) {
  const [form] = Form.useForm<MemberDraft>()
  const kind = Form.useWatch('kind', form)
  const field = useRef<InputRef>(null)
  // The login follows the name, unless it was typed (R242).
  const suggest = async () => {
    const name = form.getFieldValue('name') as string | undefined
    if (!name?.trim() || form.isFieldTouched('login')) return
    const { login } = await ok(client.GET('/org/logins', { params: { query: { name } } }))
    if (!login || form.isFieldTouched('login')) return
    flushSync(() => { form.setFieldValue('login', login) })
    const own = field.current?.input
    if (own && document.activeElement === own) own.select() // whoever is about to type another replaces it
  }
  const add = useAction({
    form,
    run: ({ until, ...v }: MemberDraft, act) => ok(client.POST('/org/members', { ...act(), body: { ...v, title: v.title || '', head: Boolean(v.head), ...(until && v.kind === 'external' ? { until } : {}) } })),
    done: (r) => t('member.added', { name: r.member.name }),
    after: (r) => {
      close()
      added(r.one_time_password)
    },
  })
  return (
    <FormDialog title={t('member.new')} open={open} close={close} form={form} action={add} initial={{ department_id: department, kind: 'staff' }}>
      <Form.Item name="name" label={t('org.name')} rules={[required(t('org.name'))]}><Input maxLength={50} autoFocus onBlur={() => void suggest()} /></Form.Item>
      <Form.Item name="login" label={t('org.login')} rules={[required(t('org.login'))]}><Input ref={field} maxLength={50} autoCapitalize="none" spellCheck={false} autoComplete="off" /></Form.Item>
      <Form.Item name="department_id" label={t('member.department')} rules={[chosen(t('member.department'))]}><DepartmentSelect /></Form.Item>
      <Form.Item name="title" label={t('member.title')}><Input maxLength={50} placeholder={t('member.title_ph')} /></Form.Item>
      <Form.Item name="head" valuePropName="checked"><Checkbox>{t('member.is_head')}</Checkbox></Form.Item>
      <Form.Item name="kind" label={t('staff.kind')}><Radio.Group options={[{ value: 'staff', label: t('staff.kind.staff') }, { value: 'external', label: t('staff.kind.external') }]} /></Form.Item>
      {kind === 'external' && <Form.Item name="until" label={t('staff.until')}><DayInput /></Form.Item>}
    </FormDialog>
  )
}
