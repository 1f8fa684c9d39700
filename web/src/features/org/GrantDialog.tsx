import { useQuery } from '@tanstack/react-query'
import { Form, Radio, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Role, SubjectKind } from '@/api/types'
import { t, tOr } from '@/i18n'
import { MomentInput } from '@/ui/DayInput'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { DepartmentSelect, PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

interface Values {
  subject_kind: SubjectKind; subject_id?: string; by: 'role' | 'permission'; role_id?: string; permission?: string
  until?: string
}

/** Gives a role or one permission to a person, a department or everyone. */
export function GrantDialog({ open, close, roles }: { open: boolean; close: () => void; roles: Role[] }) {
  const [form] = Form.useForm<Values>()
  const kind = Form.useWatch('subject_kind', form)
  const by = Form.useWatch('by', form)
  const permissions = useQuery({ queryKey: ['permissions'], queryFn: ({ signal }) => ok(client.GET('/org/permissions', { signal })), enabled: open })
  const grant = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/org/grants', { ...act(), body: {
      subject_kind: v.subject_kind, ...(v.subject_id ? { subject_id: v.subject_id } : {}),
      ...(v.by === 'role' ? { role_id: v.role_id ?? '' } : { permission: v.permission ?? '' }),
      ...(v.until ? { until: v.until } : {}),
    } })),
    done: () => t('grant.added'),
    after: close,
  })
  return (
    <FormDialog title={t('grant.new')} open={open} close={close} form={form} action={grant} ok={t('grant.give')} initial={{ subject_kind: 'member', by: 'role' }}>
      <Form.Item name="subject_kind" label={t('grant.subject')}>
        <Radio.Group onChange={() => { form.setFieldValue('subject_id', undefined) }}
          options={(['member', 'department', 'everyone'] as const).map((k) => ({ value: k, label: t(`grant.kind.${k}`) }))} />
      </Form.Item>
      {kind === 'member' && <Form.Item name="subject_id" label={t('app.person')} rules={[chosen(t('app.person'))]}><PersonSelect /></Form.Item>}
      {kind === 'department' && <Form.Item name="subject_id" label={t('member.department')} rules={[chosen(t('member.department'))]}><DepartmentSelect /></Form.Item>}
      <Form.Item name="by" label={t('grant.what')}>
        <Radio.Group options={[{ value: 'role', label: t('grant.by_role') }, { value: 'permission', label: t('grant.by_permission') }]} />
      </Form.Item>
      {by === 'permission'
        ? <Form.Item name="permission" label={t('grant.permission')} rules={[chosen(t('grant.permission'))]}>
            <Select showSearch={{ optionFilterProp: 'label' }} options={(permissions.data?.items ?? []).map((p) => ({ value: p.code, label: tOr(`permission.${p.code}`, p.code) }))} />
          </Form.Item>
        : <Form.Item name="role_id" label={t('grant.role')} rules={[chosen(t('grant.role'))]}>
            <Select options={roles.map((r) => ({ value: r.id, label: r.name }))} />
          </Form.Item>}
      <Form.Item name="until" label={t('grant.until')}><MomentInput placeholder={t('grant.no_end')} /></Form.Item>
    </FormDialog>
  )
}
