import { useQuery } from '@tanstack/react-query'
import { Alert, Checkbox, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Member, StaffOpen } from '@/api/types'
import { t, tOr } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { DepartmentSelect, PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

export type HandAct = 'leave' | 'transfer' | 'handover'

const RIGHTS = ['review', 'publish'] as const

interface Values { reason: string; successor_id?: string; inherits?: boolean; department_id: string; title?: string; head?: boolean; end?: string[] }

/** Lets somebody go, moves them or hands over for them: what only they could go on with stands there with how much of it (R231). */
export function HandOver({ member, act, close }: { member: Member; act: HandAct; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const [left, setLeft] = useState(false)
  const params = { path: { id: member.id } }
  const open = useQuery({ queryKey: ['staff', 'open', member.id], queryFn: ({ signal }) => ok(client.GET('/staff/members/{id}/open', { signal, params })) })
  const go = useAction({
    form,
    run: (v: Values, key) => {
      const to = v.successor_id ? { successor_id: v.successor_id } : {}
      if (act === 'leave') return ok(client.POST('/staff/members/{id}/leave', { ...key(), params, body: { reason: v.reason, inherits: Boolean(v.inherits), ...to } }))
      if (act === 'transfer') {
        return ok(client.POST('/staff/members/{id}/transfer', { ...key(), params, body: {
          department_id: v.department_id, title: v.title ?? '', head: Boolean(v.head), end: v.end ?? [], reason: v.reason, ...to } }))
      }
      return ok(client.POST('/staff/members/{id}/handover', { ...key(), params, body: { reason: v.reason, successor_id: v.successor_id ?? '' } }))
    },
    done: (r) => t(`staff.done.${r.act}`, { name: r.member }),
    after: close,
  })
  const waits = (open.data?.lines ?? []).some((l) => l.n > 0)
  const needs = act === 'handover' || (act === 'leave' && waits)
  return (
    <FormDialog title={t(`staff.act.${act}`, { name: member.name })} open close={close} form={form} action={go} ok={t(`staff.ok.${act}`)} danger={act === 'leave'} width={560}
      initial={{ end: act === 'transfer' ? member.posts.filter((p) => p.main).map((p) => p.id) : [] }}>
      <Loaded query={open}>{(o) => <Estate open={o} act={act} />}</Loaded>
      {act === 'transfer' && (
        <>
          <Form.Item name="department_id" label={t('staff.to_department')} rules={[chosen(t('staff.to_department'))]}><DepartmentSelect /></Form.Item>
          <Form.Item name="title" label={t('member.title')}><Input maxLength={50} /></Form.Item>
          <Form.Item name="head" valuePropName="checked"><Checkbox>{t('member.is_head')}</Checkbox></Form.Item>
          <Form.Item name="end" label={t('staff.end')} extra={t('staff.end_hint')}>
            <Select mode="multiple" options={member.posts.map((p) => ({ value: p.id, label: `${p.department_name} ${p.title}`.trim() }))} />
          </Form.Item>
        </>
      )}
      <Form.Item name="successor_id" label={t('staff.successor')} rules={needs ? [chosen(t('staff.successor'))] : []}
        extra={act === 'transfer' ? t('staff.successor_move') : undefined}>
        <PersonSelect allowClear onChange={(id) => { setLeft(Boolean(id)) }} />
      </Form.Item>
      {act === 'leave' && left && (open.data?.leads.length ?? 0) > 0 && (
        <Form.Item name="inherits" valuePropName="checked"><Checkbox>{t('staff.inherits', { where: (open.data?.leads ?? []).map((d) => d.name).join(t('app.comma')) })}</Checkbox></Form.Item>
      )}
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input maxLength={200} placeholder={t(`staff.reason.${act}`)} /></Form.Item>
    </FormDialog>
  )
}

// What lies with them, sort by sort.
function Estate({ open: o, act }: { open: StaffOpen; act: HandAct }) {
  const lines = o.lines.filter((l) => l.n > 0)
  return (
    <div className="gap-below">
      {lines.length === 0 ? <Alert type="success" showIcon title={t('staff.nothing_open')} /> : (
        <Alert type="info" showIcon title={t('staff.open', { name: o.member.name })} description={(
          <ul className="lines">
            {lines.map((l) => (
              <li key={l.kind}><span className="grow">{tOr(`staff.estate.${l.kind}`, l.kind)}{l.last && act !== 'leave' && <small className="quiet"> {t('staff.stays')}</small>}</span><strong>{l.n}</strong></li>
            ))}
          </ul>
        )} />
      )}
      {act === 'leave' && o.grants > 0 && <p className="quiet">{t('staff.grants_end', { n: o.grants })}</p>}
      {act === 'leave' && RIGHTS.map((right) => {
        const columns = o.alone.filter((a) => a.right === right).map((a) => a.column)
        return columns.length > 0 && <Alert key={right} type="warning" showIcon className="gap-below" title={t(`staff.alone.${right}`, { columns: columns.join(t('app.comma')) })} />
      })}
    </div>
  )
}
