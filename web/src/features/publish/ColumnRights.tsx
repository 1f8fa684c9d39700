import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Popover, Radio, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Column, ColumnRight, ColumnRightHolder, SubjectKind } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { DepartmentSelect, PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'
import { SubjectSelect } from './SubjectSelect'
import { WhyPerson } from './WhyPerson'

const RIGHTS = ['read', 'draft', 'review', 'sign', 'publish'] as const

/** Who may do what in this column, and why (R022). */
export function ColumnRights({ column }: { column: Column }) {
  const [open, setOpen] = useState(false)
  const take = useAction({
    run: async (h: ColumnRightHolder, act) => {
      for (const [i, grant] of h.grants.entries()) {
        await ok(client.DELETE('/publish/columns/{id}/grants/{grant}', { ...act(i), params: { path: { id: column.id, grant } } }))
      }
    },
    confirm: (h) => ({ title: t('column.take_ask', { name: h.name }), content: h.why.join(';'), ok: t('grant.remove'), danger: true }),
    done: () => t('column.taken'),
  })
  const query = useQuery({
    queryKey: ['columns', column.id, 'rights'],
    queryFn: ({ signal }) => ok(client.GET('/publish/columns/{id}/rights', { signal, params: { path: { id: column.id } } })),
  })
  const columns: Col<ColumnRightHolder>[] = [
    { key: 'name', title: t('org.name'), fixed: true, render: (h) => <>{h.name} <span className="quiet">{h.department}</span></> },
    { key: 'right', title: t('column.right'), render: (h) => <Tag color="processing">{t(`right.${h.right}`)}</Tag> },
    { key: 'why', title: t('column.why'), fixed: true, render: (h) => (
      <Popover trigger="click" title={t('column.why')} content={<ul>{h.why.map((w) => <li key={w}>{w}</li>)}</ul>}>
        <Button type="link" size="small">{t('column.why_open', { n: h.why.length })}</Button>
      </Popover>
    ) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (h) => h.grants.length > 0
      ? <Button size="small" danger loading={take.busy} onClick={() => { take.go(h) }}>{t('grant.remove')}</Button> : null },
  ]
  return (
    <div className="stack-wide">
      <div className="row-between"><span className="quiet">{t('column.rights_hint')}</span>
        <Button icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('grant.new')}</Button></div>
      <WhyPerson column={column} holders={query.data?.items} />
      <DataTable id="column-rights" label={t('column.rights')} query={query} columns={columns} rowKey={(h) => `${h.member_id} ${h.right}`} paged={false}
        empty={<Nothing text={t('column.no_rights')} />} />
      <GiveRight column={column} open={open} close={() => { setOpen(false) }} />
    </div>
  )
}

interface Values { subject_kind: SubjectKind; subject_id?: string; right: ColumnRight }

function GiveRight({ column, open, close }: { column: Column; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const kind = Form.useWatch('subject_kind', form)
  const give = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/publish/columns/{id}/grants', { ...act(), params: { path: { id: column.id } }, body: v })),
    done: () => t('grant.added'),
    after: close,
  })
  return (
    <FormDialog title={t('column.give', { name: column.name })} open={open} close={close} form={form} action={give} ok={t('grant.give')} initial={{ subject_kind: 'member', right: 'draft' }}>
      <Form.Item name="subject_kind" label={t('grant.subject')}>
        <Radio.Group onChange={() => { form.setFieldValue('subject_id', undefined) }}
          options={(['member', 'department', 'post', 'role', 'everyone'] as const).map((k) => ({ value: k, label: t(`grant.kind.${k}`) }))} />
      </Form.Item>
      {kind === 'member' && <Form.Item name="subject_id" label={t('app.person')} rules={[chosen(t('app.person'))]}><PersonSelect /></Form.Item>}
      {kind === 'department' && <Form.Item name="subject_id" label={t('member.department')} rules={[chosen(t('member.department'))]}><DepartmentSelect /></Form.Item>}
      {(kind === 'post' || kind === 'role') && <Form.Item name="subject_id" label={t(`grant.kind.${kind}`)} extra={t(`grant.${kind}_hint`)} rules={[chosen(t(`grant.kind.${kind}`))]}><SubjectSelect key={kind} kind={kind} /></Form.Item>}
      <Form.Item name="right" label={t('column.right')}><Select options={RIGHTS.map((r) => ({ value: r, label: t(`right.${r}`) }))} /></Form.Item>
    </FormDialog>
  )
}
