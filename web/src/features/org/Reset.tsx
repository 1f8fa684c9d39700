import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Alert, Button, Form, Skeleton } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import { useAction } from '@/ui/useAction'
import { Agree } from './Agree'
import { NewPassword } from './PasswordForm'

/** The one-time link `/reset#token` by which somebody who asked chooses another password (R249). */
export function Reset() {
  const [token] = useState(() => window.location.hash.slice(1))
  const [form] = Form.useForm<{ password: string; agreed?: boolean }>()
  const navigate = useNavigate()
  const look = useQuery({
    queryKey: ['reset'], queryFn: () => ok(client.POST('/org/activations/look', { body: { token } })),
    enabled: (q) => token !== '' && q.state.data === undefined, retry: false, staleTime: Infinity, gcTime: 0,
  })
  const choose = useAction({
    form,
    run: (v: { password: string; agreed?: boolean }, act) => ok(client.POST('/org/reset', { ...act(), body: { token, password: v.password, ...(v.agreed ? { agreed: true } : {}) } })),
    done: () => t('org.password_changed'),
    after: () => void navigate({ to: '/sign-in', replace: true }),
  })
  if (token === '' || look.isError || (look.data && look.data.kind !== 'reset')) {
    return (
      <GateCard help="sign-in#password" title={t('org.reset')}>
        <Alert type="error" showIcon title={look.isError ? problemText(asProblem(look.error)) : t('org.activate_no_token')} description={t('org.reset_ask_again')} className="gap-below" />
        <Link to="/sign-in">{t('org.sign_in')}</Link>
      </GateCard>
    )
  }
  if (!look.data) return <GateCard help="sign-in#password" title={t('org.reset')}><Skeleton active /></GateCard>
  return (
    <GateCard help="sign-in#password" title={t('org.reset')} hint={t('org.reset_hint', { name: look.data.name, login: look.data.login })}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={choose.go}>
        <input type="hidden" autoComplete="username" value={look.data.login} readOnly />
        <NewPassword name="password" />
        {look.data.rules_unread && <Agree />}
        <Button type="primary" htmlType="submit" block loading={choose.busy}>{t('org.password_change')}</Button>
      </Form>
    </GateCard>
  )
}
