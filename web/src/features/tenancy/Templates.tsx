import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Alert, Button, Checkbox, Form, Input, Modal, Table, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { UnitTemplate } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { FormDialog, required } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

/** How units are set up: what those above offer, and what this one issued. */
export function UnitTemplates() {
  const can = useCan()
  const [search] = useAddress()
  const [issuing, setIssuing] = useState(false)
  const [shown, setShown] = useState<UnitTemplate>()
  const query = useQuery({
    queryKey: ['template', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/template/sets', { signal, params: { query: sortedPageOf<'/template/sets'>(search) } })),
  })
  return (
    <Page help="tenancy#template" name={t('unit_template.title')} extra={can('template.issue') && <Button type="primary" onClick={() => { setIssuing(true) }}>{t('unit_template.issue')}</Button>}>
      <section className="panel">
        <Alert type="info" className="gap-below" title={t('unit_template.hint')} />
        <DataTable id="unit-templates" label={t('unit_template.title')} query={query} columns={columns(setShown)} rowKey={(x) => x.id} empty={<Nothing text={t('unit_template.empty')} />} />
      </section>
      <Issue open={issuing} close={() => { setIssuing(false) }} />
      {shown && <Beside template={shown} close={() => { setShown(undefined) }} />}
    </Page>
  )
}

const columns = (show: (x: UnitTemplate) => void): Col<UnitTemplate>[] => [
  { key: 'name', title: t('app.name_label'), fixed: true, render: (x) => t('unit_template.version', { name: x.name, version: x.version }) },
  { key: 'source', title: t('unit_template.source'), render: (x) => (x.own ? <Tag color="processing">{t('unit_template.own')}</Tag> : x.source) },
  { key: 'holds', title: t('unit_template.holds'), render: (x) => t('unit_template.counts', { ...x.counts }) },
  { key: 'note', title: t('unit_template.note'), render: (x) => x.note },
  { key: 'made', title: t('unit_template.made_at'), date: true, sort: '-made_at', render: (x) => dateTime(x.made_at) },
  { key: 'adopted', title: t('unit_template.adopted_at'), date: true, render: (x) => dateTime(x.adopted_at) },
  { key: 'actions', title: '', fixed: true, align: 'right', render: (x) => <Button size="small" onClick={() => { show(x) }}>{t(x.own ? 'unit_template.look' : 'unit_template.adopt')}</Button> },
]

interface Issued { name: string; note?: string }

function Issue({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Issued>()
  const issue = useAction({
    form,
    run: (v: Issued, act) => ok(client.POST('/template/sets', { ...act(), body: { name: v.name, note: v.note ?? '' } })),
    done: (x) => t('unit_template.issued', { name: x.name, version: x.version }), after: close,
  })
  return (
    <FormDialog title={t('unit_template.issue')} open={open} close={close} form={form} action={issue}>
      <Alert type="info" className="gap-below" title={t('unit_template.issue_hint')} />
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={50} /></Form.Item>
      <Form.Item name="note" label={t('unit_template.note')}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
    </FormDialog>
  )
}

const PARTS = { departments: 'org.manage', roles: 'org.grant', columns: 'publish.manage' } as const
type Part = keyof typeof PARTS

function Beside({ template, close }: { template: UnitTemplate; close: () => void }) {
  const can = useCan()
  const [parts, setParts] = useState<Part[]>([])
  const path = { params: { path: { id: template.id } } }
  const query = useQuery({ queryKey: ['template', 'page', template.id], queryFn: ({ signal }) => ok(client.GET('/template/sets/{id}', { signal, ...path })) })
  const adopt = useAction({
    run: (p: Part[], act) => ok(client.POST('/template/sets/{id}/adopt', { ...act(), ...path, body: { parts: p } })),
    done: () => t('unit_template.adopted', { name: template.name }), after: close,
  })
  return (
    <Modal open title={t('unit_template.version', { name: template.name, version: template.version })} onCancel={close} width={760} destroyOnHidden
      footer={template.own ? null : <Button type="primary" disabled={parts.length === 0} loading={adopt.busy} onClick={() => { adopt.go(parts) }}>{t('unit_template.adopt')}</Button>}>
      {!template.own && <>
        <Alert type="info" className="gap-below" title={t('unit_template.adopt_hint')} />
        <Checkbox.Group value={parts} onChange={setParts} className="gap-below"
          options={(Object.keys(PARTS) as Part[]).map((p) => ({ value: p, label: t(`unit_template.part.${p}`), disabled: !can('template.adopt') || !can(PARTS[p]) }))} />
      </>}
      <Loaded query={query}>{(p) => (
        <Table size="small" pagination={{ pageSize: 12, showSizeChanger: false }} scroll={{ x: true }} rowKey={(l) => `${l.part} ${l.name}`} dataSource={p.lines} columns={[
          { key: 'part', title: t('unit_template.part'), render: (_, l) => t(`unit_template.part.${l.part}`) },
          { key: 'name', title: t('app.name_label'), render: (_, l) => l.name },
          ...(template.own ? [] : [{ key: 'state', title: t('app.state'), render: (_: unknown, l: (typeof p.lines)[number]) => <Tag color={l.state === 'new' ? 'processing' : 'default'}>{t(`unit_template.line.${l.state}`)}</Tag> }]),
        ]} />
      )}</Loaded>
    </Modal>
  )
}
