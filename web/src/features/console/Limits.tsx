import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Checkbox, Descriptions, Form, Input, InputNumber, Progress, Radio, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Tenant, TenantPlan } from '@/api/types'
import { t, tOr } from '@/i18n'
import { DayInput } from '@/ui/DayInput'
import { FormDialog, required } from '@/ui/FormDialog'
import { bytes, dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'

const GB = 2 ** 30
export const moduleName = (code: string) => tOr(`plan.module.${code}`, code)

/** What a tenant may use, and how much of it is used. */
export function LimitsPanel({ tenant }: { tenant: Tenant }) {
  const [editing, setEditing] = useState(false)
  const [naming, setNaming] = useState(false)
  const query = useQuery({
    queryKey: ['console', 'plan', tenant.id],
    queryFn: ({ signal }) => ok(client.GET('/console/tenants/{id}/plan', { signal, params: { path: { id: tenant.id } } })),
  })
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('plan.title')}</h2>
        <span><Button size="small" onClick={() => { setNaming(true) }}>{t('console.domain_set')}</Button> <Button size="small" onClick={() => { setEditing(true) }} disabled={!query.data}>{t('plan.edit')}</Button></span>
      </div>
      <Loaded query={query}>{(p) => (
        <>
          <Descriptions size="small" column={{ xs: 1, md: 2, xl: 3 }} items={[
            { key: 'modules', label: t('plan.modules'), children: <Modules all={p.modules} off={p.off} /> },
            { key: 'seats', label: t('plan.seats'), children: <Used n={p.members} of={p.seats} said={(n) => String(n)} /> },
            { key: 'bytes', label: t('plan.space'), children: <Used n={p.used} of={p.bytes} said={bytes} /> },
            { key: 'until', label: t('plan.expires_on'), children: p.expires_on || t('plan.no_end') },
            { key: 'domain', label: t('console.domain'), children: tenant.domain ? <span className="mono">{tenant.domain}</span> : t('console.domain_none') },
            ...(p.changed_at ? [{ key: 'changed', label: t('plan.changed'), children: `${p.changed_by} ${dateTime(p.changed_at)}` }] : []),
            ...(p.note ? [{ key: 'note', label: t('plan.note'), children: p.note }] : []),
          ]} />
          <EditLimits tenant={tenant} plan={p} open={editing} close={() => { setEditing(false) }} />
        </>
      )}</Loaded>
      <EditDomain tenant={tenant} open={naming} close={() => { setNaming(false) }} />
    </section>
  )
}

export function Modules({ all, off }: { all: string[]; off: string[] }) {
  return <span>{all.map((m) => <Tag key={m} style={{ marginInlineEnd: 4 }} color={off.includes(m) ? 'default' : 'success'}>{off.includes(m) ? t('plan.module_off', { name: moduleName(m) }) : moduleName(m)}</Tag>)}</span>
}

/** How much of a limit is used; just how much, where there is none. */
export function Used({ n, of, said }: { n: number; of?: number | null; said: (n: number) => string }) {
  if (of === null || of === undefined) return <span>{t('plan.used_unlimited', { n: said(n) })}</span>
  const full = n >= of
  return (
    <span style={{ display: 'inline-block', minWidth: 140 }}>
      {t('plan.used', { n: said(n), of: said(of) })}
      <Progress percent={Math.min(100, Math.round(n / of * 100))} size="small" showInfo={false} status={full ? 'exception' : 'normal'} aria-label={t('plan.used', { n: said(n), of: said(of) })} />
    </span>
  )
}

interface Draft { on: string[]; seats?: number | null; gb?: number | null; expires_on?: string; note?: string }

function EditLimits({ tenant, plan, open, close }: { tenant: Tenant; plan: TenantPlan; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Draft>()
  const save = useAction({
    form,
    run: (v: Draft, act) => ok(client.PUT('/console/tenants/{id}/plan', { ...act(), params: { path: { id: tenant.id } }, body: {
      off: plan.modules.filter((m) => !v.on.includes(m)), seats: v.seats ?? null, bytes: v.gb ? v.gb * GB : null, expires_on: v.expires_on ?? '', note: v.note ?? '', version: plan.version,
    } })),
    done: () => t('plan.saved', { name: tenant.name }), after: close,
  })
  return (
    <FormDialog title={t('plan.edit_of', { name: tenant.name })} open={open} close={close} form={form} action={save}
      initial={{ on: plan.modules.filter((m) => !plan.off.includes(m)), seats: plan.seats, gb: plan.bytes ? Math.round(plan.bytes / GB) : null, expires_on: plan.expires_on, note: plan.note }}>
      <Form.Item name="on" label={t('plan.modules')} extra={t('plan.modules_hint')}><Checkbox.Group options={plan.modules.map((m) => ({ value: m, label: moduleName(m) }))} /></Form.Item>
      <Form.Item name="seats" label={t('plan.seats')} extra={t('plan.empty_unlimited')}><InputNumber min={1} max={1000000} precision={0} style={{ width: '100%' }} /></Form.Item>
      <Form.Item name="gb" label={t('plan.space_gb')} extra={t('plan.empty_unlimited')}><InputNumber min={1} max={1000000} precision={0} style={{ width: '100%' }} /></Form.Item>
      <Form.Item name="expires_on" label={t('plan.expires_on')} extra={t('plan.expires_hint')}><DayInput /></Form.Item>
      <Form.Item name="note" label={t('plan.note')}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
    </FormDialog>
  )
}

function EditDomain({ tenant, open, close }: { tenant: Tenant; open: boolean; close: () => void }) {
  const [form] = Form.useForm<{ domain?: string }>()
  const save = useAction({
    form,
    run: (v: { domain?: string }, act) => ok(client.PUT('/console/tenants/{id}/domain', { ...act(), params: { path: { id: tenant.id } }, body: { domain: v.domain ?? '', version: tenant.version } })),
    done: (x) => (x.domain ? t('console.domain_saved', { name: x.name, domain: x.domain }) : t('console.domain_removed', { name: x.name })), after: close,
  })
  return (
    <FormDialog title={t('console.domain_set')} open={open} close={close} form={form} action={save} initial={{ domain: tenant.domain }}>
      <Form.Item name="domain" label={t('console.domain')} extra={t('console.domain_hint')}><Input maxLength={120} placeholder="oa.example.gov.cn" autoCapitalize="none" spellCheck={false} /></Form.Item>
    </FormDialog>
  )
}

interface Suspension { reason: string; kind: 'closed' | 'read_only' }

/** Suspends a tenant, one way or the other, with a reason. */
export function SuspendDialog({ tenant, open, close }: { tenant: Tenant; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Suspension>()
  const path = { params: { path: { id: tenant.id } } }
  const suspend = useAction({
    form,
    run: (v: Suspension, act) => ok(client.POST('/console/tenants/{id}/suspend', { ...act(), ...path, body: { ...v, version: tenant.version } })),
    done: (x) => t(x.state === 'read_only' ? 'console.made_read_only' : 'console.suspended', { name: x.name }),
    undo: (x, _, act) => ok(client.POST('/console/tenants/{id}/resume', { ...act(), ...path, body: { version: x.version } })),
    after: close,
  })
  return (
    <FormDialog title={t('console.suspend_ask', { name: tenant.name })} open={open} close={close} form={form} action={suspend} ok={t('app.ok')} danger initial={{ kind: 'closed' }}>
      <Form.Item name="kind" label={t('console.suspend_kind')}>
        <Radio.Group options={[
          ...(tenant.state === 'active' ? [{ value: 'read_only', label: t('console.kind_read_only') }] : []),
          { value: 'closed', label: t('console.kind_closed') },
        ]} />
      </Form.Item>
      <Alert type="info" className="gap-below" title={t('console.suspend_hint')} />
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={3} maxLength={200} showCount placeholder={t('app.reason_ph')} /></Form.Item>
    </FormDialog>
  )
}
