import { DeleteOutlined, EditOutlined, PlusOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input, InputNumber, Select, Tag, Tree } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Department, DepartmentDraft } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { DepartmentSelect, useDepartments } from '@/ui/pickers'
import { type Node, treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'

const KINDS = ['dept', 'leaders', 'office', 'info', 'hr'] as const

/** The tenant's departments as a tree. */
export function Departments() {
  const query = useDepartments()
  const [edited, setEdited] = useState<Partial<Department>>()
  const [picked, setPicked] = useState<string>()
  const row = query.data?.items.find((d) => d.id === picked)
  return (
    <Page help="members#departments" name={t('nav.departments')} extra={
      <Button type="primary" icon={<PlusOutlined />} onClick={() => { setEdited(picked ? { parent_id: picked } : {}) }}>{t('dept.new')}</Button>
    }>
      <div className="two">
        <section className="panel">
          <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('dept.empty')} />}>
            {(d) => (
              <Tree blockNode defaultExpandAll selectedKeys={picked ? [picked] : []} treeData={treeOf(d.items).map(node)}
                onSelect={(keys) => { setPicked(keys[0] as string | undefined) }} />
            )}
          </Loaded>
        </section>
        {row && <Chosen row={row} edit={() => { setEdited(row) }} />}
      </div>
      <Edit row={edited} close={() => { setEdited(undefined) }} />
    </Page>
  )
}

function node(n: Node<Department>): { key: string; title: React.ReactNode; children: ReturnType<typeof node>[] } {
  const d = n.row
  return {
    key: d.id,
    title: <span>{d.name} {d.kind !== 'dept' && <Tag>{t(`dept.kind.${d.kind}`)}</Tag>}<small className="quiet">{t('dept.count', { n: d.member_count })}</small></span>,
    children: n.children.map(node),
  }
}

function Chosen({ row, edit }: { row: Department; edit: () => void }) {
  const remove = useAction({
    run: (d: Department, act) => ok(client.DELETE('/org/departments/{id}', { ...act(), params: { path: { id: d.id } } })),
    done: (_, d) => t('dept.deleted', { name: d.name }),
    confirm: (d) => ({ title: t('dept.delete_ask', { name: d.name }), danger: true, ok: t('app.delete') }),
  })
  return (
    <aside className="panel stack">
      <h2>{row.name}</h2>
      <div>{t('dept.kind_is', { kind: t(`dept.kind.${row.kind}`) })}</div>
      <div>{t('dept.head_is', { name: row.head_name ?? t('app.none') })}</div>
      <Link to="/org/members" search={{ department: row.id }}>{t('dept.people', { n: row.member_count })}</Link>
      <div className="row">
        <Button icon={<EditOutlined />} onClick={edit}>{t('app.edit')}</Button>
        <Button danger icon={<DeleteOutlined />} loading={remove.busy} onClick={() => { remove.go(row) }}>{t('app.delete')}</Button>
      </div>
    </aside>
  )
}

function Edit({ row, close }: { row: Partial<Department> | undefined; close: () => void }) {
  const [form] = Form.useForm<DepartmentDraft>()
  const id = row?.id
  const save = useAction({
    form,
    run: (v: DepartmentDraft, act) => {
      const body = { ...v, parent_id: v.parent_id ?? null }
      return id
        ? ok(client.PATCH('/org/departments/{id}', { ...act(), params: { path: { id } }, body: { ...body, version: row.version ?? 0 } }))
        : ok(client.POST('/org/departments', { ...act(), body }))
    },
    done: (d) => t('dept.saved', { name: d.name }),
    after: close,
  })
  return (
    <FormDialog title={t(id ? 'dept.edit' : 'dept.new')} open={row !== undefined} close={close} form={form} action={save}
      initial={{ parent_id: row?.parent_id ?? undefined, name: row?.name, kind: row?.kind ?? 'dept', sort: row?.sort ?? 10 }}>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={100} autoFocus /></Form.Item>
      <Form.Item name="parent_id" label={t('dept.parent')}><DepartmentSelect without={id} allowClear placeholder={t('dept.top')} /></Form.Item>
      <Form.Item name="kind" label={t('dept.kind')} extra={t('dept.kind_hint')} rules={[chosen(t('dept.kind'))]}>
        <Select options={KINDS.map((k) => ({ value: k, label: t(`dept.kind.${k}`) }))} />
      </Form.Item>
      <Form.Item name="sort" label={t('dept.sort')} rules={[chosen(t('dept.sort'))]}><InputNumber min={0} max={9999} /></Form.Item>
    </FormDialog>
  )
}
