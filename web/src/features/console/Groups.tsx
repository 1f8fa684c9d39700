import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Group } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

/** The customer organisations. */
export function Groups() {
  const [search, set] = useAddress()
  const query = useQuery({
    queryKey: ['console', 'groups', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/groups', { signal, params: { query: { ...sortedPageOf<'/console/groups'>(search), ...(search.q ? { q: search.q } : {}) } } })),
  })
  const [open, setOpen] = useState(false)
  const [form] = Form.useForm<{ name: string; slug: string }>()
  const add = useAction({
    form,
    run: (v: { name: string; slug: string }, act) => ok(client.POST('/console/groups', { ...act(), body: v })),
    done: (g) => t('console.group_added', { name: g.name }),
    after: () => { setOpen(false) },
  })
  const columns: Col<Group>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, sort: 'name', render: (g) => <Link to="/console" search={{ group: g.id }}>{g.name}</Link> },
    { key: 'slug', title: t('console.slug'), sort: 'slug', render: (g) => <span className="mono">{g.slug}</span> },
    { key: 'count', title: t('console.tenant_count'), align: 'right', render: (g) => g.tenant_count },
  ]
  return (
    <Page help="console#groups" name={t('console.groups')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('console.new_group')}</Button>}>
      <section className="panel">
        <div className="filters">
          <Input.Search className="grow" key={search.q} allowClear defaultValue={search.q} placeholder={t('console.search')} aria-label={t('console.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        </div>
        <DataTable id="groups" label={t('console.groups')} query={query} columns={columns} rowKey={(g) => g.id} empty={<Nothing text={t('console.no_groups')} />} />
      </section>
      <FormDialog title={t('console.new_group')} open={open} close={() => { setOpen(false) }} form={form} action={add}>
        <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={100} autoFocus placeholder={t('console.group_ph')} /></Form.Item>
        <Form.Item name="slug" label={t('console.slug')} extra={t('console.slug_hint')} rules={[required(t('console.slug'))]}><Input maxLength={50} autoCapitalize="none" spellCheck={false} /></Form.Item>
      </FormDialog>
    </Page>
  )
}
