import { Button, Form } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Tenant } from '@/api/types'
import { t } from '@/i18n'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'

/** Suspends a tenant, with a reason, or lets it work again. */
export function SuspendButton({ tenant }: { tenant: Tenant }) {
  const [form] = Form.useForm<Reason>()
  const [asking, setAsking] = useState(false)
  const path = { params: { path: { id: tenant.id } } }
  const suspend = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/console/tenants/{id}/suspend', { ...act(), ...path, body: { reason: v.reason, version: tenant.version } })),
    done: (x) => t('console.suspended', { name: x.name }),
    undo: (x, _, act) => ok(client.POST('/console/tenants/{id}/resume', { ...act(), ...path, body: { version: x.version } })),
    after: () => { setAsking(false) },
  })
  const resume = useAction({
    run: (_: Tenant, act) => ok(client.POST('/console/tenants/{id}/resume', { ...act(), ...path, body: { version: tenant.version } })),
    done: (x) => t('console.resumed', { name: x.name }),
  })
  if (tenant.state === 'suspended') return <Button size="small" loading={resume.busy} onClick={() => { resume.go(tenant) }}>{t('console.resume')}</Button>
  return (
    <>
      <Button size="small" danger onClick={() => { setAsking(true) }}>{t('console.suspend')}</Button>
      <ReasonDialog title={t('console.suspend_ask', { name: tenant.name })} open={asking} close={() => { setAsking(false) }} form={form} action={suspend} danger />
    </>
  )
}

/** Makes the first administrator's link anew; the one before stops working. */
export function LinkButton({ tenant, made }: { tenant: Tenant; made: (token: string) => void }) {
  const admin = useAction({
    confirm: () => ({ title: t('console.new_link_ask', { name: tenant.name }), content: t('console.new_link_hint') }),
    run: (_: Tenant, act) => ok(client.POST('/console/tenants/{id}/first-admin', { ...act(), params: { path: { id: tenant.id } } })),
    after: (r) => { made(r.link_token) },
  })
  return <Button size="small" loading={admin.busy} onClick={() => { admin.go(tenant) }}>{t('console.new_link')}</Button>
}
