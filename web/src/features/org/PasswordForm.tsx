import { Button, Form, Input } from 'antd'
import type { Act } from '@/api/action-key'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { Agree } from './Agree'
import { strong } from './strong'

interface Values { old: string; new: string; again: string; agreed?: boolean }

interface Props { changed: () => void; send?: (body: { old: string; new: string; agreed?: boolean }, act: Act) => Promise<unknown>; agree?: boolean }

const ofMember: Required<Props>['send'] = (body, act) => ok(client.POST('/org/password', { ...act(), body }))

/** Changes one's own password: a member's, unless send says whose. */
export function PasswordForm({ changed, send = ofMember, agree }: Props) {
  const [form] = Form.useForm<Values>()
  const change = useAction({
    form,
    run: (v: Values, act) => send({ old: v.old, new: v.new, ...(agree ? { agreed: Boolean(v.agreed) } : {}) }, act),
    done: () => t('org.password_changed'),
    after: () => {
      form.resetFields()
      changed()
    },
  })
  return (
    <Form<Values> form={form} layout="vertical" requiredMark={false} onFinish={change.go} scrollToFirstError={{ focus: true }}>
      <Form.Item name="old" label={t('org.password_old')} rules={[required(t('org.password_old'))]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <NewPassword name="new" />
      {agree && <Agree />}
      <Button type="primary" htmlType="submit" loading={change.busy} block>{t('org.password_change')}</Button>
    </Form>
  )
}

/** A new password, typed twice; the rule is checked while typing (R248). */
export function NewPassword({ name }: { name: string }) {
  return (
    <>
      <Form.Item name={name} label={t('org.password_new')} extra={t('org.password_rule')}
        rules={[required(t('org.password_new')), { validator: (_, v: string) => (!v || strong(v) ? Promise.resolve() : Promise.reject(new Error(t('error.org.password_weak')))) }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name="again" label={t('org.password_again')} dependencies={[name]}
        rules={[required(t('org.password_again')), ({ getFieldValue }) => ({
          validator: (_, v) => (!v || v === getFieldValue(name) ? Promise.resolve() : Promise.reject(new Error(t('org.password_differs')))),
        })]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  )
}
