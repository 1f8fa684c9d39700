import { Button, Form, Input } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { strong } from './strong'

interface Values { old: string; new: string; again: string }

/** Changes one's own password. */
export function PasswordForm({ changed }: { changed: () => void }) {
  const [form] = Form.useForm<Values>()
  const change = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/org/password', { ...act(), body: { old: v.old, new: v.new } })),
    done: () => t('org.password_changed'),
    after: changed,
  })
  return (
    <Form<Values> form={form} layout="vertical" requiredMark={false} onFinish={change.go} scrollToFirstError={{ focus: true }}>
      <Form.Item name="old" label={t('org.password_old')} rules={[required(t('org.password_old'))]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <NewPassword name="new" />
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
