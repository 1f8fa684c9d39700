import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, Radio, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Restriction } from '@/api/types'
import { useCan, useMe } from '@/app/session'
import { permissionName, usePermissions } from '@/features/org/permissions'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { type Days, UntilInput } from '@/ui/DaysInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { PersonSelect } from '@/ui/pickers'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { RESTRICTION_COLORS, withheldText } from './words'

/** Sanctions: whose rights are withheld, from when to when, and why (R270). */
export function Restrictions() {
  const [search, set] = useAddress()
  const [imposing, setImposing] = useState(false)
  const [lifting, setLifting] = useState<Restriction>()
  const may = useCan()('access.freeze')
  const me = useMe().member.id
  const query = useQuery({
    queryKey: ['access', 'restrictions', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/access/restrictions', { signal, params: { query: {
      ...pageOf(search), ...(search.member ? { member: search.member } : {}), ...(search.past ? {} : { open: true }) } } })),
  })
  const who = query.data?.items.find((r) => r.member_id === search.member)
  const columns: Col<Restriction>[] = [
    { key: 'who', title: t('app.person'), fixed: true, render: (r) => <>{r.name}<div className="quiet"><span className="mono">{r.login}</span> {r.department}</div></> },
    { key: 'what', title: t('access.withheld_what'), fixed: true, render: (r) => <div style={{ maxWidth: 260 }}>{withheldText(r)}</div> },
    { key: 'state', title: t('app.state'), render: (r) => <><Tag color={RESTRICTION_COLORS[r.state]}>{t(`access.restriction.${r.state}`)}</Tag>{r.lifter && <div className="quiet">{t('access.lifted_by', { by: r.lifter, reason: r.lift_reason })}</div>}</> },
    { key: 'from', title: t('access.from'), date: true, render: (r) => dateTime(r.starts_at) },
    { key: 'until', title: t('access.until'), date: true, render: (r) => dateTime(r.lifted_at ?? r.ends_at) },
    { key: 'why', title: t('app.reason'), render: (r) => <div style={{ maxWidth: 260 }}>{r.reason}<div className="quiet">{r.basis} · {r.by}</div></div> },
    { key: 'act', title: '', align: 'right', render: (r) => may && r.member_id !== me && (r.state === 'running' || r.state === 'ahead') && <Button size="small" onClick={() => { setLifting(r) }}>{t('access.lift')}</Button> },
  ]
  return (
    <>
      <div className="filters">
        <PersonSelect allowClear initial={who ? { id: who.member_id, name: who.name } : null} value={search.member} onChange={(member?: string) => { set({ member, after: undefined }) }} aria-label={t('app.person')} placeholder={t('grant.any_person')} style={{ minWidth: 168 }} />
        <Checkbox style={{ alignSelf: 'center' }} checked={search.past === '1'} onChange={(e) => { set({ past: e.target.checked ? '1' : undefined, after: undefined }) }}>{t('access.with_past')}</Checkbox>
        {may && <Button type="primary" danger style={{ marginInlineStart: 'auto' }} onClick={() => { setImposing(true) }}>{t('access.restrict')}</Button>}
      </div>
      <DataTable id="restrictions" label={t('access.tab.restrictions')} query={query} columns={columns} rowKey={(r) => r.id} empty={<Nothing text={t('access.restrictions_none')} />} />
      <RestrictDialog open={imposing} close={() => { setImposing(false) }} />
      <LiftDialog restriction={lifting} close={() => { setLifting(undefined) }} />
    </>
  )
}

interface Values { member_id: string; how: 'all' | 'some'; permissions?: string[]; period: Days; reason: string; basis: string }

function RestrictDialog({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const permissions = usePermissions()
  const how = Form.useWatch('how', form)
  const impose = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/access/restrictions', { ...act(), body: {
      member_id: v.member_id, permissions: v.how === 'some' ? v.permissions ?? [] : [], reason: v.reason, basis: v.basis,
      ...(v.period.from ? { starts_at: v.period.from } : {}), ends_at: v.period.to ?? '',
    } })),
    done: (r) => t('access.restricted', { name: r.name }),
    after: close,
  })
  return (
    <FormDialog title={t('access.restrict')} open={open} close={close} form={form} action={impose} ok={t('access.restrict_ok')} danger initial={{ how: 'all' }}>
      <Form.Item name="member_id" label={t('app.person')} rules={[chosen(t('app.person'))]}><PersonSelect /></Form.Item>
      <Form.Item name="how" label={t('access.withheld_what')}>
        <Radio.Group options={[{ value: 'all', label: t('access.freeze_all') }, { value: 'some', label: t('access.freeze_some') }]} />
      </Form.Item>
      {how === 'some' && (
        <Form.Item name="permissions" label={t('grant.permission')} rules={[chosen(t('grant.permission'))]}>
          <Select mode="multiple" showSearch={{ optionFilterProp: 'label' }} options={(permissions.data?.items ?? []).map((p) => ({ value: p.code, label: permissionName(p.code) }))} />
        </Form.Item>
      )}
      <Form.Item name="period" label={t('access.period')} rules={[chosen(t('access.period'))]} extra={t('access.period_hint')}>
        <UntilInput placeholder={[t('access.from_now'), t('access.until')]} />
      </Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
      <Form.Item name="basis" label={t('access.basis')} rules={[required(t('access.basis'))]}><Input maxLength={200} placeholder={t('access.basis_ph')} /></Form.Item>
    </FormDialog>
  )
}

function LiftDialog({ restriction: r, close }: { restriction: Restriction | undefined; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const lift = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/access/restrictions/{id}/lift', { ...act(), params: { path: { id: r?.id ?? '' } }, body: v })),
    done: (x) => t('access.lifted', { name: x.name }),
    after: close,
  })
  return <ReasonDialog title={t('access.lift_ask', { name: r?.name ?? '' })} open={r !== undefined} close={close} form={form} action={lift} />
}
