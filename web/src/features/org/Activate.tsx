import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Alert, Button, Descriptions, Form, Input, Skeleton } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import { enter } from '@/app/session'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { GateCard } from '@/ui/GateCard'
import { Agree } from './Agree'
import { NewPassword } from './PasswordForm'

/** The one-time link `/activate#token`. The token stays in the fragment and travels only in a body (UI14). */
export function Activate() {
  const [token] = useState(() => window.location.hash.slice(1))
  const look = useQuery({
    queryKey: ['activation'],
    queryFn: () => ok(client.POST('/org/activations/look', { body: { token } })),
    // Once looked at it is not asked for again: using the link ends it.
    enabled: (q) => token !== '' && q.state.data === undefined, retry: false, staleTime: Infinity, gcTime: 0,
  })
  if (token === '' || look.isError) {
    return (
      <GateCard help="sign-in#activate" title={t('org.activate')}>
        <Alert type="error" showIcon title={look.isError ? problemText(asProblem(look.error)) : t('org.activate_no_token')}
          description={t('org.activate_ask_again')} className="gap-below" />
        <Link to="/sign-in">{t('org.sign_in')}</Link>
      </GateCard>
    )
  }
  if (!look.data) return <GateCard help="sign-in#activate" title={t('org.activate')}><Skeleton active /></GateCard>
  return <Invited token={token} invitation={look.data} />
}

interface Invitation { tenant_name: string; login: string; name: string; existing_account: boolean }

function Invited({ token, invitation }: { token: string; invitation: Invitation }) {
  const [form] = Form.useForm<{ password: string; agreed?: boolean }>()
  const navigate = useNavigate()
  const activate = useAction({
    form,
    run: (v: { password: string; agreed?: boolean }, act) => ok(client.POST('/org/activate', { ...act(), body: { token, password: v.password, agreed: Boolean(v.agreed) } })),
    done: () => t('org.activated'),
    after: (me) => {
      enter(me)
      void navigate({ to: '/', replace: true })
    },
  })
  const known = invitation.existing_account
  return (
    <GateCard help="sign-in#activate" title={t('org.activate')} hint={t(known ? 'org.activate_known' : 'org.activate_hint')}>
      <Descriptions column={1} size="small" className="gap-below" items={[
        { key: 'tenant', label: t('org.tenant'), children: invitation.tenant_name },
        { key: 'name', label: t('org.name'), children: invitation.name },
        { key: 'login', label: t('org.login'), children: <span className="mono">{invitation.login}</span> },
      ]} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={activate.go}>
        <input type="hidden" autoComplete="username" value={invitation.login} readOnly />
        {known
          ? <Form.Item name="password" label={t('org.password')} rules={[required(t('org.password'))]}><Input.Password autoComplete="current-password" /></Form.Item>
          : <><NewPassword name="password" /><Agree /></>}
        <Button type="primary" htmlType="submit" block loading={activate.busy}>{t('org.activate_go')}</Button>
      </Form>
    </GateCard>
  )
}
