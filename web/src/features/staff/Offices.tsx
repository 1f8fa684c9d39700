import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { StaffOffice } from '@/api/types'
import { useMe } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { day } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { DepartmentSelect, PersonSelect } from '@/ui/pickers'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'

const UNIT = ['principal', 'oa_admin', 'personnel'] as const
const ROOM = ['dept_admin', 'doc_admin', 'hr_admin'] as const
const COLORS = { named: 'warning', approved: 'success', refused: 'error', ended: 'default' } as const

interface Values { office: StaffOffice['office']; department_id?: string; member_id: string; basis?: string }

/** Who answers for the system in the unit and in its departments, named and approved (R238, R239, R369). */
export function Offices() {
  const me = useMe()
  const [naming, setNaming] = useState(false)
  const [refused, setRefused] = useState<StaffOffice>()
  const [form] = Form.useForm<Reason>()
  const query = useQuery({ queryKey: ['staff', 'offices'], queryFn: ({ signal }) => ok(client.GET('/staff/offices', { signal })) })
  const items = { ...query, data: query.data && { items: query.data.items, next: '' } } as never
  const approve = useAction({
    run: (o: StaffOffice, act) => ok(client.POST('/staff/offices/{id}/decide', { ...act(), params: { path: { id: o.id } }, body: { approve: true } })),
    done: (o) => t('staff.approved', { name: o.name }),
  })
  const refuse = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/staff/offices/{id}/decide', { ...act(), params: { path: { id: refused?.id ?? '' } }, body: { approve: false, reason: v.reason } })),
    done: (o) => t('staff.refused', { name: o.name }),
    after: () => { setRefused(undefined) },
  })
  const end = useAction({
    run: (o: StaffOffice, act) => ok(client.POST('/staff/offices/{id}/end', { ...act(), params: { path: { id: o.id } } })),
    confirm: (o) => ({ title: t('staff.end_ask', { name: o.name, office: t(`staff.office.${o.office}`) }), ok: t('staff.end_do'), danger: true }),
  })
  const manages = me.permissions.includes('staff.manage')
  const columns: Col<StaffOffice>[] = [
    { key: 'office', title: t('staff.office'), fixed: true, render: (o) => <>{t(`staff.office.${o.office}`)} <span className="quiet">{o.place}</span></> },
    { key: 'name', title: t('org.name'), render: (o) => o.name },
    { key: 'state', title: t('app.state'), render: (o) => <Tag color={COLORS[o.state]}>{t(`staff.office_state.${o.state}`)}</Tag> },
    { key: 'named', title: t('staff.named_by'), render: (o) => <>{o.named_by} <span className="quiet">{day(o.named_at)}</span></> },
    { key: 'basis', title: t('staff.decided'), render: (o) => o.basis || (o.decided_by ? t('staff.decided_by', { name: o.decided_by }) : '') },
    { key: 'acts', title: '', fixed: true, align: 'right', render: (o) => (
      <>
        {o.may_decide && <Button size="small" type="primary" loading={approve.busy} onClick={() => { approve.go(o) }}>{t('staff.approve')}</Button>}
        {o.may_decide && <Button size="small" type="text" danger onClick={() => { setRefused(o) }}>{t('staff.refuse')}</Button>}
        {manages && !o.may_decide && <Button size="small" type="text" danger loading={end.busy} onClick={() => { end.go(o) }}>{t('staff.end_do')}</Button>}
      </>
    ) },
  ]
  return (
    <Page help="members#offices" name={t('staff.offices')} extra={manages && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setNaming(true) }}>{t('staff.name')}</Button>}>
      <section className="panel">
        {query.data && <p className="quiet">{t('staff.complete', { n: query.data.complete, of: query.data.departments })}</p>}
        <DataTable id="offices" label={t('staff.offices')} query={items} columns={columns} rowKey={(o) => o.id} paged={false} empty={<Nothing text={t('staff.offices_none')} />} />
      </section>
      {naming && <Name close={() => { setNaming(false) }} />}
      <ReasonDialog title={t('staff.refuse_ask', { name: refused?.name ?? '' })} open={refused !== undefined} close={() => { setRefused(undefined) }} form={form} action={refuse} danger />
    </Page>
  )
}

function Name({ close }: { close: () => void }) {
  const [form] = Form.useForm<Values>()
  const office = Form.useWatch('office', form)
  const name = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/staff/offices', { ...act(), body: v })),
    done: (o) => t(o.state === 'approved' ? 'staff.took_office' : 'staff.to_be_approved', { name: o.name }),
    after: close,
  })
  const option = (value: StaffOffice['office']) => ({ value, label: t(`staff.office.${value}`) })
  return (
    <FormDialog title={t('staff.name')} open close={close} form={form} action={name} initial={{ office: 'oa_admin' }}>
      <Form.Item name="office" label={t('staff.office')} rules={[chosen(t('staff.office'))]}>
        <Select options={[{ label: t('staff.of_unit'), options: UNIT.map(option) }, { label: t('staff.of_department'), options: ROOM.map(option) }]} />
      </Form.Item>
      {(ROOM as readonly string[]).includes(office) && <Form.Item name="department_id" label={t('member.department')} rules={[chosen(t('member.department'))]}><DepartmentSelect /></Form.Item>}
      <Form.Item name="member_id" label={t('org.name')} rules={[chosen(t('org.name'))]}><PersonSelect /></Form.Item>
      <Form.Item name="basis" label={t('staff.basis')} rules={office === 'principal' ? [required(t('staff.basis'))] : []}><Input maxLength={100} placeholder={t('staff.basis_ph')} /></Form.Item>
      <p className="quiet">{t(office === 'principal' ? 'staff.principal_hint' : 'staff.name_hint')}</p>
    </FormDialog>
  )
}
