import { InboxOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Alert, Button, Form, Select, Tag, Upload } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { octets } from '@/api/octets'
import type { TenantList } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { GroupSelect } from './pickers'

export const LIST_TONE = { checked: 'default', running: 'processing', done: 'success', failed: 'error', dropped: 'default' } as const

/** Lists of tenants that were brought as a workbook. */
export function Lists() {
  const [search] = useAddress()
  const [bringing, setBringing] = useState(false)
  const query = useQuery({
    queryKey: ['console', 'lists', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/lists', { signal, params: { query: sortedPageOf<'/console/lists'>(search) } })),
  })
  return (
    <Page help="console#lists" name={t('console.lists')} extra={<>
      <Button href={exportHref('/console/lists/form', {}, currentLocale())}>{t('console.list_form')}</Button>
      <Button type="primary" onClick={() => { setBringing(true) }}>{t('console.list_bring')}</Button>
    </>}>
      <section className="panel">
        <DataTable id="lists" label={t('console.lists')} query={query} columns={COLUMNS()} rowKey={(x) => x.id} empty={<Nothing text={t('console.lists_empty')} />} />
      </section>
      <Bring open={bringing} close={() => { setBringing(false) }} />
    </Page>
  )
}

const COLUMNS = (): Col<TenantList>[] => [
  { key: 'name', title: t('console.list_file'), fixed: true, render: (x) => <Link to="/console/lists/$id" params={{ id: x.id }}>{x.name}</Link> },
  { key: 'group', title: t('console.group'), render: (x) => x.group_name },
  { key: 'state', title: t('app.state'), render: (x) => <Tag color={LIST_TONE[x.state]}>{t(`console.list_state.${x.state}`)}</Tag> },
  { key: 'total', title: t('console.list_total'), align: 'right', render: (x) => x.total },
  { key: 'faulty', title: t('console.list_faulty'), align: 'right', render: (x) => x.faulty },
  { key: 'done', title: t('console.list_done'), align: 'right', render: (x) => x.done },
  { key: 'by', title: t('console.operator'), render: (x) => x.made_by },
  { key: 'at', title: t('console.created'), date: true, sort: '-created_at', render: (x) => dateTime(x.created_at) },
]

/** Chooses what a tenant is opened with. */
export function TemplateSelect({ group, ...p }: { group?: string; value?: string; onChange?: (id: string | undefined) => void; id?: string }) {
  const query = useQuery({
    queryKey: ['console', 'templates', group], enabled: group !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/console/templates', { signal, params: { query: group ? { group } : {} } })),
  })
  return (
    <Select {...p} allowClear placeholder={t('console.template_none')} loading={query.isFetching}
      options={(query.data?.items ?? []).map((x) => ({ value: x.id, label: x.builtin ? t('unit_template.builtin') : t('unit_template.of', { source: x.source, name: x.name, version: x.version }),
        note: t('unit_template.counts', { ...x.counts }) }))}
      optionRender={(o) => <span>{o.data.label} <small className="quiet">{o.data.note}</small></span>} />
  )
}

interface Draft { group: string; template?: string; file: { name: string; originFileObj?: Blob }[] }

function Bring({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Draft>()
  const group = Form.useWatch('group', form)
  const navigate = useNavigate()
  const bring = useAction({
    form,
    run: (v: Draft, act) => ok(client.POST('/console/lists', {
      ...octets(v.file[0]?.originFileObj ?? new Blob(), act().headers), params: { query: { group: v.group, name: v.file[0]?.name ?? '', ...(v.template ? { template: v.template } : {}) } },
    })),
    after: (r) => {
      close()
      void navigate({ to: '/console/lists/$id', params: { id: r.id } })
    },
  })
  return (
    <FormDialog title={t('console.list_bring')} open={open} close={close} form={form} action={bring} ok={t('console.list_check')}>
      <Form.Item name="group" label={t('console.group')} rules={[chosen(t('console.group'))]}><GroupSelect /></Form.Item>
      <Form.Item name="template" label={t('console.template')} extra={t('console.template_hint')}><TemplateSelect group={group} /></Form.Item>
      <Form.Item name="file" label={t('console.list_file')} rules={[chosen(t('console.list_file'))]} valuePropName="fileList"
        getValueFromEvent={(e: { fileList: Draft['file'] }) => e.fileList}>
        <Upload.Dragger accept=".xlsx,.csv" maxCount={1} beforeUpload={() => false}>
          <p><InboxOutlined /></p><p>{t('console.list_put')}</p>
        </Upload.Dragger>
      </Form.Item>
      <Alert type="info" title={t('console.list_hint')} />
    </FormDialog>
  )
}
