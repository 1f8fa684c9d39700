import { Link } from '@tanstack/react-router'
import { Alert, Button, Checkbox, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { GateCard } from '@/ui/GateCard'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

interface Values { tenant: string; login: string; stolen?: boolean; note?: string }

/** Stores that somebody wants another password: without that none is given (R249, R251). */
export function Forgot() {
  const [search] = useAddress()
  const [sent, setSent] = useState(false)
  const [form] = Form.useForm<Values>()
  const ask = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/org/requests', { ...act(), body: { tenant: v.tenant, login: v.login, stolen: Boolean(v.stolen), note: v.note ?? '' } })),
    after: () => { setSent(true) },
  })
  return (
    <GateCard help="sign-in#password" title={t('org.forgot')} hint={sent ? undefined : t('org.forgot_hint')}>
      {sent ? <Alert type="success" showIcon title={t('org.forgot_sent')} description={t('org.forgot_next')} className="gap-below" /> : (
        <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ tenant: search.t }} onFinish={ask.go}>
          <Form.Item name="tenant" label={t('org.tenant_slug')} rules={[required(t('org.tenant_slug'))]} extra={t('org.tenant_slug_hint')}><Input autoCapitalize="none" spellCheck={false} /></Form.Item>
          <Form.Item name="login" label={t('org.login')} rules={[required(t('org.login'))]}><Input autoCapitalize="none" spellCheck={false} autoComplete="username" /></Form.Item>
          <Form.Item name="note" label={t('org.forgot_note')}><Input maxLength={200} placeholder={t('org.forgot_note_ph')} /></Form.Item>
          <Form.Item name="stolen" valuePropName="checked"><Checkbox>{t('org.forgot_stolen')}</Checkbox></Form.Item>
          <Button type="primary" htmlType="submit" block loading={ask.busy}>{t('org.forgot_send')}</Button>
        </Form>
      )}
      <Link to="/sign-in">{t('org.forgot_back')}</Link>
    </GateCard>
  )
}
