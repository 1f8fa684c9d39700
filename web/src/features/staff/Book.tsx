import { SettingOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Select, Tag, TreeSelect } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Department, StaffBookRules, StaffCard, StaffEntry } from '@/api/types'
import { useMe } from '@/app/session'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { DepartmentSelect, useDepartments } from '@/ui/pickers'
import { exportHref, pageOf } from '@/ui/sort'
import { treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

/** Colleagues and how they are reached; of each what one may see. */
export function Book() {
  const me = useMe()
  const [search, set] = useAddress()
  const [own, setOwn] = useState(false)
  const [rules, setRules] = useState(false)
  const asked = { ...pageOf(search), ...(search.q ? { q: search.q } : {}), ...(search.department ? { department: search.department } : {}) }
  const query = useQuery({
    queryKey: ['staff', 'book', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/staff/book', { signal, params: { query: asked } })),
  })
  const columns: Col<StaffEntry>[] = [
    { key: 'name', title: t('org.name'), fixed: true, render: (e) => <>{e.name} {e.external && <Tag>{t('staff.kind.external')}</Tag>}</> },
    { key: 'where', title: t('member.department'), render: (e) => <>{e.department} {e.title} {e.head && <Tag color="processing">{t('dept.head')}</Tag>}</> },
    { key: 'phone', title: t('book.phone'), render: (e) => e.phone },
    { key: 'mobile', title: t('book.mobile'), render: (e) => e.mobile && <a href={`tel:${e.mobile}`}>{e.mobile}</a> },
    { key: 'email', title: t('book.email'), render: (e) => e.email && <a href={`mailto:${e.email}`}>{e.email}</a> },
    { key: 'room', title: t('book.room'), render: (e) => e.room },
  ]
  return (
    <Page help="members#book" name={t('nav.book')} extra={
      <>
        {me.permissions.includes('staff.manage') && <Button icon={<SettingOutlined />} onClick={() => { setRules(true) }}>{t('book.rules')}</Button>}
        <Button type="primary" onClick={() => { setOwn(true) }}>{t('book.own')}</Button>
      </>
    }>
      <section className="panel">
        <div className="filters">
          <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('book.search')} aria-label={t('book.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
          <DepartmentSelect allowClear aria-label={t('member.department')} value={search.department} placeholder={t('member.all_departments')}
            onChange={(department) => { set({ department, after: undefined }) }} />
        </div>
        <DataTable id="book" label={t('nav.book')} query={query} columns={columns} rowKey={(e) => e.id} empty={<Nothing text={t('book.none')} />}
          exportHref={exportHref('/staff/book', asked, currentLocale())} />
      </section>
      {own && <OwnCard close={() => { setOwn(false) }} />}
      {rules && <Rules close={() => { setRules(false) }} />}
    </Page>
  )
}

function OwnCard({ close }: { close: () => void }) {
  const [form] = Form.useForm<StaffCard>()
  const card = useQuery({ queryKey: ['staff', 'card'], queryFn: ({ signal }) => ok(client.GET('/staff/card', { signal })), gcTime: 0 })
  const save = useAction({
    form,
    run: (v: StaffCard, act) => ok(client.PUT('/staff/card', { ...act(), body: { phone: v.phone || '', mobile: v.mobile || '', email: v.email || '', room: v.room || '', version: card.data?.version ?? 0 } })),
    done: () => t('app.saved'),
    after: close,
  })
  if (!card.data) return null
  return (
    <FormDialog title={t('book.own')} open close={close} form={form} action={save} initial={card.data}>
      <Form.Item name="phone" label={t('book.phone')}><Input maxLength={40} autoComplete="off" /></Form.Item>
      <Form.Item name="mobile" label={t('book.mobile')}><Input maxLength={40} autoComplete="off" /></Form.Item>
      <Form.Item name="email" label={t('book.email')}><Input maxLength={100} autoComplete="off" /></Form.Item>
      <Form.Item name="room" label={t('book.room')}><Input maxLength={40} autoComplete="off" /></Form.Item>
    </FormDialog>
  )
}

const FIELDS = ['phone', 'mobile', 'email', 'room'] as const
const SHOWN = ['all', 'department', 'heads', 'nobody'] as const

function Rules({ close }: { close: () => void }) {
  const [form] = Form.useForm<StaffBookRules>()
  const rules = useQuery({ queryKey: ['staff', 'book-rules'], queryFn: ({ signal }) => ok(client.GET('/staff/book-rules', { signal })), gcTime: 0 })
  const departments = useDepartments()
  const nodes = treeOf<Department>(departments.data?.items ?? [])
  const option = (n: (typeof nodes)[number]): object => ({ value: n.row.id, title: n.row.name, children: n.children.map(option) })
  const save = useAction({
    form,
    run: (v: StaffBookRules, act) => ok(client.PUT('/staff/book-rules', { ...act(), body: { ...v, hidden: v.hidden ?? [], version: rules.data?.version ?? 0 } })),
    done: () => t('app.saved'),
    after: close,
  })
  if (!rules.data) return null
  return (
    <FormDialog title={t('book.rules')} open close={close} form={form} action={save} initial={rules.data}>
      {FIELDS.map((f) => (
        <Form.Item key={f} name={f} label={t('book.seen', { field: t(`book.${f}`) })}>
          <Select options={SHOWN.map((value) => ({ value, label: t(`book.shown.${value}`) }))} />
        </Form.Item>
      ))}
      <Form.Item name="hidden" label={t('book.hidden')} extra={t('book.hidden_hint')}><TreeSelect multiple treeData={nodes.map(option)} treeDefaultExpandAll showSearch={{ treeNodeFilterProp: 'title' }} /></Form.Item>
    </FormDialog>
  )
}
