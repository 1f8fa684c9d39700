import { Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Group, Tenant, TenantDraft } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

const KINDS = ['hq', 'bureau', 'subsidiary', 'department'] as const

/** Makes a tenant and the one-time link of its first administrator. */
export function NewTenant({ open, close, groups, tenants, group, made }: {
  open: boolean; close: () => void; groups: Group[]; tenants: Tenant[]; group?: string; made: (token: string) => void
}) {
  const [form] = Form.useForm<TenantDraft>()
  const picked = Form.useWatch('group_id', form)
  const parents = tenants.filter((x) => x.group_id === picked)
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
    <Form.Item name={name} label={label} extra={hint} rules={[required(label)]}><Input maxLength={max} autoComplete="off" /></Form.Item>
  )
  return (
    <FormDialog title={t('console.new_tenant')} open={open} close={close} form={form} action={add} ok={t('console.make')} initial={{ group_id: group ?? groups[0]?.id, kind: 'bureau' }}>
      <Form.Item name="group_id" label={t('console.group')} rules={[chosen(t('console.group'))]}>
        <Select options={groups.map((g) => ({ value: g.id, label: g.name }))} />
      </Form.Item>
      <Form.Item name="parent_id" label={t('console.parent')}>
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('console.no_parent')} options={parents.map((x) => ({ value: x.id, label: x.name }))} />
      </Form.Item>
      <Form.Item name="kind" label={t('console.kind')}><Select options={KINDS.map((k) => ({ value: k, label: t(`tenant.kind.${k}`) }))} /></Form.Item>
      {text('name', t('console.full_name'), undefined, 100)}
      {text('short_name', t('console.short_name'))}
      {text('slug', t('console.slug'), t('console.slug_hint'))}
      {text('admin_name', t('console.admin_name'))}
      {text('admin_login', t('console.admin_login'))}
    </FormDialog>
  )
}
