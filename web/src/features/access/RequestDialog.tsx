import { useQuery } from '@tanstack/react-query'
import { Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { AccessChoice } from '@/api/types'
import { permissionName } from '@/features/org/permissions'
import { t } from '@/i18n'
import { MomentInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Values { what: string; scope_id?: string; until?: string; reason: string }

// A role by its id, a permission by its code.
const keyOf = (c: AccessChoice) => c.role_id ?? c.permissions[0] ?? ''

/** Asks for a role or one permission: the head of the department agrees, the leader approves. */
export function RequestDialog({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const choices = useQuery({ queryKey: ['access', 'choices'], enabled: open, queryFn: ({ signal }) => ok(client.GET('/access/choices', { signal })) })
  const columns = useQuery({ queryKey: ['columns', 'plain'], enabled: open, queryFn: ({ signal }) => ok(client.GET('/publish/columns', { signal })) })
  const items = choices.data?.items ?? []
  const what = Form.useWatch('what', form)
  const choice = items.find((c) => keyOf(c) === what)
  const ask = useAction({
    form,
    run: (v: Values, act) => {
      const c = items.find((x) => keyOf(x) === v.what)
      return ok(client.POST('/access/requests', { ...act(), body: {
        ...(c?.role_id ? { role_id: c.role_id } : { permission: c?.permissions[0] ?? '' }),
        ...(c?.scoped && v.scope_id ? { scope_kind: 'column' as const, scope_id: v.scope_id } : {}),
        ...(v.until ? { until: v.until } : {}), reason: v.reason,
      } }))
    },
    done: (r) => t('access.asked', { what: r.what }),
    after: close,
  })
  const option = (c: AccessChoice) => ({ value: keyOf(c), label: c.name || permissionName(c.permissions[0] ?? ''), disabled: c.held })
  return (
    <FormDialog title={t('access.ask')} open={open} close={close} form={form} action={ask} ok={t('access.hand_in')}>
      <p className="quiet">{t('access.ask_how')}</p>
      <Form.Item name="what" label={t('grant.what')} rules={[chosen(t('grant.what'))]} extra={choice && choice.permissions.length > 1 ? t('access.bundles', { what: choice.permissions.map(permissionName).join(t('access.and')) }) : undefined}>
        <Select showSearch={{ optionFilterProp: 'label' }} loading={choices.isFetching} placeholder={t('access.choose')} options={[
          { label: t('grant.by_role'), title: 'role', options: items.filter((c) => c.role_id).map(option) },
          { label: t('grant.by_permission'), title: 'permission', options: items.filter((c) => !c.role_id).map(option) },
        ]} />
      </Form.Item>
      {choice?.scoped && (
        <Form.Item name="scope_id" label={t('grant.scope')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('grant.everywhere')} loading={columns.isFetching}
            options={(columns.data?.items ?? []).map((c) => ({ value: c.id, label: c.name }))} />
        </Form.Item>
      )}
      <Form.Item name="until" label={t('grant.until')}><MomentInput placeholder={t('grant.no_end')} /></Form.Item>
      <Form.Item name="reason" label={t('access.reason')} rules={[required(t('access.reason'))]}>
        <Input.TextArea rows={3} maxLength={500} showCount placeholder={t('access.reason_ph')} />
      </Form.Item>
    </FormDialog>
  )
}
