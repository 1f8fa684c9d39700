import { Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { TenantDraft } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { GroupSelect, TenantSelect } from './pickers'

const KINDS = ['hq', 'bureau', 'subsidiary', 'department'] as const

/** Makes a tenant and the one-time link of its first administrator. */
export function NewTenant({ open, close, group, made }: { open: boolean; close: () => void; group?: string; made: (token: string) => void }) {
  const [form] = Form.useForm<TenantDraft>()
  const picked = Form.useWatch('group_id', form)
  const add = useAction({
    form,
    run: (v: TenantDraft, act) => ok(client.POST('/console/tenants', { ...act(), body: v })),
    done: (r) => t('console.tenant_added', { name: r.tenant.name }),
    after: (r) => {
      close()
      made(r.link_token)
    },
  })
  const text = (name: keyof TenantDraft, label: string, hint?: string, max = 50) => (
    <Form.Item name={name} label={label} extra={hint} rules={[required(label)]}><Input maxLength={max} autoComplete="off" autoCapitalize="none" spellCheck={false} /></Form.Item>
  )
  return (
    <FormDialog title={t('console.new_tenant')} open={open} close={close} form={form} action={add} ok={t('console.make')} initial={{ ...(group ? { group_id: group } : {}), kind: 'bureau' }}>
      <Form.Item name="group_id" label={t('console.group')} rules={[chosen(t('console.group'))]}><GroupSelect /></Form.Item>
      <Form.Item name="parent_id" label={t('console.parent')}><TenantSelect group={picked} placeholder={t('console.no_parent')} /></Form.Item>
      <Form.Item name="kind" label={t('console.kind')}><Select options={KINDS.map((k) => ({ value: k, label: t(`tenant.kind.${k}`) }))} /></Form.Item>
      {text('name', t('console.full_name'), undefined, 100)}
      {text('short_name', t('console.short_name'), undefined, 30)}
      {text('slug', t('console.slug'), t('console.slug_hint'))}
      {text('admin_name', t('console.admin_name'))}
      {text('admin_login', t('console.admin_login'))}
    </FormDialog>
  )
}
