import { Button } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Tenant } from '@/api/types'
import { t } from '@/i18n'
import { useAction } from '@/ui/useAction'
import { SuspendDialog } from './Limits'

/** Suspends a tenant, with a reason, or lets it work again; one that is read only can still be closed. */
export function SuspendButton({ tenant }: { tenant: Tenant }) {
  const [asking, setAsking] = useState(false)
  const resume = useAction({
    run: (_: Tenant, act) => ok(client.POST('/console/tenants/{id}/resume', { ...act(), params: { path: { id: tenant.id } }, body: { version: tenant.version } })),
    done: (x) => t('console.resumed', { name: x.name }),
  })
  return (
    <>
      {tenant.state !== 'active' && <Button size="small" loading={resume.busy} onClick={() => { resume.go(tenant) }}>{t('console.resume')}</Button>}
      {tenant.state !== 'suspended' && <Button size="small" danger onClick={() => { setAsking(true) }}>{t('console.suspend')}</Button>}
      <SuspendDialog tenant={tenant} open={asking} close={() => { setAsking(false) }} />
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
