import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Template, TemplateDraft } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useColumns } from './data'
import { Editor } from './Editor'
import { KINDS, kindsOf } from './NewItem'

/** What drafters may begin an item with: the Office keeps it. */
export function Templates() {
  const query = useQuery({ queryKey: ['templates', 'all'], queryFn: ({ signal }) => ok(client.GET('/publish/templates/all', { signal })) })
  const [edited, setEdited] = useState<Partial<Template>>()
  const drop = useAction({
    run: (x: Template, act) => ok(client.DELETE('/publish/templates/{id}', { ...act(), params: { path: { id: x.id }, query: { version: x.version } } })),
    confirm: (x) => ({ title: t('template.drop_ask', { name: x.name }), ok: t('app.delete'), danger: true }),
    done: (_, x) => t('template.dropped', { name: x.name }),
  })
  const columns: Col<Template>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, render: (x) => x.name },
    { key: 'column', title: t('item.column'), render: (x) => x.column_name || t('template.everywhere') },
    { key: 'kind', title: t('item.kind'), render: (x) => t(`item.kind.${x.kind}`) },
    { key: 'title', title: t('item.title'), render: (x) => x.title },
    { key: 'changed', title: t('template.changed'), date: true, render: (x) => dateTime(x.changed_at) },
    { key: 'by', title: t('template.by'), render: (x) => x.changed_by },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (x) => (
      <span className="row" style={{ justifyContent: 'flex-end' }}>
        <Button size="small" onClick={() => { setEdited(x) }}>{t('app.edit')}</Button>
        <Button size="small" danger loading={drop.busy} onClick={() => { drop.go(x) }}>{t('app.delete')}</Button>
      </span>
    ) },
  ]
  return (
    <Page help="columns#templates" name={t('template.title')} back extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setEdited({}) }}>{t('template.new')}</Button>}>
      <section className="panel">
        <DataTable id="templates" label={t('template.title')} query={query} columns={columns} rowKey={(x) => x.id} paged={false} empty={<Nothing text={t('template.empty')} />} />
      </section>
      <Edit key={edited?.id} row={edited} close={() => { setEdited(undefined) }} />
    </Page>
  )
}

function Edit({ row, close }: { row: Partial<Template> | undefined; close: () => void }) {
  const [form] = Form.useForm<TemplateDraft>()
  const [body, setBody] = useState<string>()
  const columns = useColumns()
  const list = columns.data?.items ?? []
  const at = Form.useWatch('column_id', form)
  const id = row?.id
  const shut = () => {
    setBody(undefined)
    close()
  }
  const save = useAction({
    form,
    run: (v: TemplateDraft, act) => {
      const said: TemplateDraft = { name: v.name, kind: v.kind, title: v.title ?? '', body_html: body ?? row?.body_html ?? '', ...(v.column_id ? { column_id: v.column_id } : {}) }
      return id
        ? ok(client.PATCH('/publish/templates/{id}', { ...act(), params: { path: { id } }, body: { ...said, version: row.version ?? 1 } }))
        : ok(client.POST('/publish/templates', { ...act(), body: said }))
    },
    done: (x) => t('template.saved', { name: x.name }), after: shut,
  })
  return (
    <FormDialog title={t(id ? 'template.edit' : 'template.new')} open={row !== undefined} close={shut} form={form} action={save} width={760}
      initial={{ name: row?.name, column_id: row?.column_id ?? undefined, kind: row?.kind ?? KINDS[0], title: row?.title }}>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={40} /></Form.Item>
      <Form.Item name="column_id" label={t('item.column')} extra={t('template.column_hint')}>
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('template.everywhere')} options={list.filter((c) => c.state === 'active').map((c) => ({ value: c.id, label: c.name }))} />
      </Form.Item>
      <Form.Item name="kind" label={t('item.kind')}><Select options={kindsOf(list, at).map((k) => ({ value: k, label: t(`item.kind.${k}`) }))} /></Form.Item>
      <Form.Item name="title" label={t('template.pattern')} extra={t('template.pattern_hint')}><Input maxLength={80} showCount placeholder={t('template.pattern_ph')} /></Form.Item>
      <Form.Item label={t('item.body')}><Editor html={row?.body_html ?? ''} changed={setBody} /></Form.Item>
    </FormDialog>
  )
}
