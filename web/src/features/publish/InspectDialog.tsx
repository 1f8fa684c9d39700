import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Form, Input, InputNumber, Select, TreeSelect } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Column, Department } from '@/api/types'
import { t } from '@/i18n'
import { type Period, PeriodInput } from '@/ui/DaysInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useDepartments } from '@/ui/pickers'
import { type Node, treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'
import { useColumns } from './data'

interface Fields { name: string; period: Period; departments?: string[]; columns?: string[]; sample?: number; inspectors: string[]; checklist?: string }

/** Opens an inspection; the items are drawn at once and the page with them opens. */
export function InspectDialog({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Fields>()
  const navigate = useNavigate()
  const save = useAction({
    form,
    run: ({ period, sample, ...v }: Fields, act) => ok(client.POST('/publish/inspections', { ...act(), body: {
      ...v, ...period, ...(sample ? { sample } : {}),
    } })),
    done: (n) => t('inspect.opened', { name: n.name, n: n.items }),
    after: (n) => {
      close()
      void navigate({ to: '/publish/inspections/$id', params: { id: n.id } })
    },
  })
  const departments = treeOf<Department>(useDepartments().data?.items ?? [])
  const columns = treeOf<Column>(useColumns().data?.items ?? [])
  return (
    <FormDialog title={t('inspect.new')} open={open} close={close} form={form} action={save} ok={t('inspect.new')} width={640}>
      <Form.Item name="name" label={t('inspect.name')} rules={[required(t('inspect.name'))]}><Input maxLength={80} /></Form.Item>
      <Form.Item name="period" label={t('inspect.period')} extra={t('inspect.period_hint')} rules={[chosen(t('inspect.period'))]}><PeriodInput /></Form.Item>
      <Form.Item name="departments" label={t('inspect.departments')} extra={t('inspect.subjects_hint')}><Tree nodes={departments} placeholder={t('inspect.all_units')} /></Form.Item>
      <Form.Item name="columns" label={t('inspect.columns')}><Tree nodes={columns} placeholder={t('item.all_columns')} /></Form.Item>
      <Form.Item name="sample" label={t('inspect.sample')} extra={t('inspect.sample_hint')}><InputNumber min={1} max={1000} precision={0} placeholder={t('inspect.sample_all')} style={{ width: 160 }} /></Form.Item>
      <Form.Item name="inspectors" label={t('inspect.inspectors')} extra={t('inspect.inspectors_hint')} rules={[chosen(t('inspect.inspectors'))]}><People /></Form.Item>
      <Form.Item name="checklist" label={t('inspect.checklist')}><Input.TextArea rows={3} maxLength={2000} placeholder={t('inspect.checklist_ph')} /></Form.Item>
    </FormDialog>
  )
}

function Tree<T extends { id: string; name: string }>({ nodes, ...p }: { nodes: Node<T>[]; placeholder: string }) {
  const option = (n: Node<T>): object => ({ value: n.row.id, title: n.row.name, children: n.children.map(option) })
  return <TreeSelect {...p} multiple allowClear treeDefaultExpandAll treeData={nodes.map(option)} showSearch={{ treeNodeFilterProp: 'title' }} />
}

// Chooses several colleagues; who has been chosen stays while one looks for the next.
function People(p: { value?: string[]; onChange?: (ids: string[]) => void; id?: string }) {
  const [q, setQ] = useState('')
  const people = useQuery({
    queryKey: ['directory', q], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/org/directory', { signal, params: { query: q ? { q } : {} } })),
  })
  return (
    <Select {...p} mode="multiple" maxCount={20} showSearch={{ filterOption: false, onSearch: setQ }} placeholder={t('pick.person')} loading={people.isFetching}
      options={(people.data?.items ?? []).map((x) => ({ value: x.id, label: x.name, note: `${x.department} ${x.title}`.trim() }))}
      optionRender={(o) => <span>{o.data.label} <small className="quiet">{o.data.note}</small></span>} />
  )
}
