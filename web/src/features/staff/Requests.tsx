import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input, Radio, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { StaffSlip, StaffWanted } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { DepartmentSelect, PersonSelect } from '@/ui/pickers'
import { pageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { Slips } from './Slips'

const COLORS = { review: 'processing', done: 'success', returned: 'error', withdrawn: 'default' } as const

interface Values { act: 'open' | 'close'; person?: string; department_id?: string; title?: string; kind?: 'staff' | 'external'; until?: string; wanted?: string; member_id?: string; successor_id?: string; reason: string }

/** Accounts to be opened or closed: asked for, approved, done, and what the person needs handed back (R230, R233). */
export function Requests() {
  const [search] = useAddress()
  const may = useCan()('staff.request')
  const [asking, setAsking] = useState(false)
  const [slip, setSlip] = useState<StaffSlip>()
  const query = useQuery({ queryKey: ['staff', 'requests', search], queryFn: ({ signal }) => ok(client.GET('/staff/requests', { signal, params: { query: pageOf(search) } })) })
  const fetch = useAction({
    run: (w: StaffWanted, act) => ok(client.POST('/staff/requests/{id}/slip', { ...act(), params: { path: { id: w.id } } })),
    after: setSlip,
  })
  const columns: Col<StaffWanted>[] = [
    { key: 'person', title: t('staff.request_what'), fixed: true, render: (w) => <Link to="/approval/cases/$id" params={{ id: w.case_id }}>{t(`staff.request.${w.act}`, { name: w.person })}</Link> },
    { key: 'where', title: t('member.department'), render: (w) => `${w.department} ${w.title}`.trim() },
    { key: 'by', title: t('staff.requester'), render: (w) => <>{w.by} <span className="quiet">{dateTime(w.at)}</span></> },
    { key: 'state', title: t('app.state'), render: (w) => <Tag color={COLORS[w.state]}>{t(`staff.request_state.${w.state}`)}</Tag> },
    { key: 'login', title: t('org.login'), render: (w) => w.act === 'open' && w.state === 'done' ? <span className="mono">{w.login}</span> : null },
    { key: 'acts', title: '', fixed: true, align: 'right', render: (w) => w.act === 'open' && w.state === 'done' && !w.come
      ? <Button size="small" type="link" loading={fetch.busy} onClick={() => { fetch.go(w) }}>{t('staff.slip')}</Button> : null },
  ]
  return (
    <Page help="members#request" name={t('staff.requests')} extra={may && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setAsking(true) }}>{t('staff.ask')}</Button>}>
      <section className="panel">
        <DataTable id="requests" label={t('staff.requests')} query={query} columns={columns} rowKey={(w) => w.id} empty={<Nothing text={t('staff.requests_none')} />} />
      </section>
      {asking && <Ask close={() => { setAsking(false) }} />}
      {slip && <Slips slips={[slip]} close={() => { setSlip(undefined) }} />}
    </Page>
  )
}

function Ask({ close }: { close: () => void }) {
  const [form] = Form.useForm<Values>()
  const act = Form.useWatch('act', form) ?? 'open'
  const kind = Form.useWatch('kind', form) ?? 'staff'
  const send = useAction({
    form,
    run: (body: Values, key) => ok(client.POST('/staff/requests', { ...key(), body })),
    done: (w) => t('staff.asked', { name: w.person }),
    after: close,
  })
  return (
    <FormDialog title={t('staff.ask')} open close={close} form={form} action={send} ok={t('staff.hand_in')} initial={{ act: 'open', kind: 'staff' }}>
      <Form.Item name="act"><Segmented block options={[{ value: 'open', label: t('staff.open_account') }, { value: 'close', label: t('staff.close_account') }]} /></Form.Item>
      {act === 'open' ? (
        <>
          <Form.Item name="person" label={t('org.name')} rules={[required(t('org.name'))]}><Input maxLength={50} /></Form.Item>
          <Form.Item name="department_id" label={t('member.department')} rules={[chosen(t('member.department'))]}><DepartmentSelect /></Form.Item>
          <Form.Item name="title" label={t('member.title')}><Input maxLength={50} placeholder={t('member.title_ph')} /></Form.Item>
          <Form.Item name="kind" label={t('staff.kind')}><Radio.Group options={[{ value: 'staff', label: t('staff.kind.staff') }, { value: 'external', label: t('staff.kind.external') }]} /></Form.Item>
          {kind === 'external' && <Form.Item name="until" label={t('staff.until')}><DayInput /></Form.Item>}
          <Form.Item name="wanted" label={t('staff.wanted')}><Input maxLength={200} placeholder={t('staff.wanted_ph')} /></Form.Item>
        </>
      ) : (
        <>
          <Form.Item name="member_id" label={t('staff.whose')} rules={[chosen(t('staff.whose'))]}><PersonSelect /></Form.Item>
          <Form.Item name="successor_id" label={t('staff.successor')} extra={t('staff.successor_close')}><PersonSelect allowClear /></Form.Item>
        </>
      )}
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input maxLength={200} placeholder={t(act === 'open' ? 'staff.reason.open' : 'staff.reason.leave')} /></Form.Item>
    </FormDialog>
  )
}
