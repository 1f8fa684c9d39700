import { useQuery } from '@tanstack/react-query'
import { Checkbox, Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Role, RoleDraft } from '@/api/types'
import { t, tOr } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { permissionName, usePermissions } from './permissions'

/** Makes a role of the unit's own, or changes what it is called and bundles. */
export function RoleDialog({ role, close }: { role: Partial<Role> | undefined; close: () => void }) {
  const [form] = Form.useForm<RoleDraft>()
  const permissions = usePermissions()
  const id = role?.id
  const save = useAction({
    form,
    run: (v: RoleDraft, act) => id
      ? ok(client.PATCH('/org/roles/{id}', { ...act(), params: { path: { id } }, body: { ...v, version: role.version ?? 0 } }))
      : ok(client.POST('/org/roles', { ...act(), body: v })),
    done: (r) => t('role.saved', { name: r.name }),
    after: close,
  })
  const sets = useQuery({ queryKey: ['role-sets'], staleTime: Infinity, enabled: role !== undefined && !id, queryFn: ({ signal }) => ok(client.GET('/org/role-sets', { signal })) })
  const begin = (code: string) => {
    const set = sets.data?.items.find((s) => s.code === code)
    if (set) form.setFieldsValue({ name: t(`role.set.${set.code}`), permissions: set.permissions })
  }
  const codes = (permissions.data?.items ?? []).filter((p) => !p.reserved).map((p) => p.code)
  const groups = [...new Set(codes.map((c) => c.split('.')[0] ?? ''))]
  return (
    <FormDialog title={t(id ? 'role.edit' : 'role.new')} open={role !== undefined} close={close} form={form} action={save} width={640}
      initial={{ name: role?.name, permissions: role?.permissions ?? [] }}>
      {!id && (
        <Form.Item label={t('role.begin_with')} extra={t('role.begin_hint')}>
          <Select allowClear aria-label={t('role.begin_with')} placeholder={t('role.begin_none')} onChange={begin} options={(sets.data?.items ?? []).map((s) => ({ value: s.code, label: t(`role.set.${s.code}`) }))} />
        </Form.Item>
      )}
      <Form.Item name="name" label={t('role.name')} rules={[required(t('role.name'))]}><Input maxLength={40} autoFocus /></Form.Item>
      {role?.grants ? <p className="quiet">{t('role.held', { n: role.grants })}</p> : null}
      <Form.Item name="permissions" label={t('grant.permission')} rules={[{ type: 'array', min: 1, message: t('app.required', { name: t('grant.permission') }) }]}>
        <Checkbox.Group className="stack">
          {groups.map((g) => (
            <div key={g} role="group" aria-label={tOr(`permission.group.${g}`, g)}>
              <small className="quiet">{tOr(`permission.group.${g}`, g)}</small>
              <div className="row">
                {codes.filter((c) => c.startsWith(`${g}.`)).map((c) => <Checkbox key={c} value={c}>{permissionName(c)}</Checkbox>)}
              </div>
            </div>
          ))}
        </Checkbox.Group>
      </Form.Item>
    </FormDialog>
  )
}
