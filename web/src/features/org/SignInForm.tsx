import { Alert, Button, Form, Input } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import type { Me, Proof } from '@/api/types'
import { type Asked, askedOf } from '@/features/factor/asked'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'

const SecondStep = lazy(() => import('@/features/factor/SecondStep'))

interface Values { tenant: string; login: string; password: string }

/** Asks who one is. What was typed stays; only a wrong password is cleared. */
export function SignInForm({ tenant, login, entered, onStep }: { tenant?: string; login?: string; entered: (me: Me) => void; onStep?: (second: boolean) => void }) {
  const [form] = Form.useForm<Values>()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const [refused, setRefused] = useState(false)
  const [asked, setAsked] = useState<Asked>()
  const submit = async (v: Values) => {
    setBusy(true)
    setWrong(undefined)
    setRefused(false)
    try {
      entered(await ok(client.POST('/org/sign-in', { body: { ...v, tenant: tenant ?? v.tenant } })))
    } catch (err) {
      const p = asProblem(err)
      const more = askedOf(p)
      if (more) { setAsked(more); onStep?.(true); return }
      setWrong(problemText(p))
      setRefused(p.code === 'org.credentials')
      form.setFieldValue('password', '')
      form.focusField('password')
    } finally {
      setBusy(false)
    }
  }
  const show = async (proof: Proof) => { entered(await ok(client.POST('/org/sign-in/second', { body: proof }))) }
  const again = (why?: string) => { setAsked(undefined); onStep?.(false); setWrong(why) }
  if (asked) return <Suspense fallback={null}><SecondStep asked={asked} send={show} again={again} /></Suspense>
  return (
    <Form<Values> form={form} layout="vertical" requiredMark={false} initialValues={{ login }} onFinish={(v) => void submit(v)} scrollToFirstError={{ focus: true }}>
      {wrong && <Alert type="error" showIcon title={wrong} description={refused ? t('org.credentials_hint') : undefined} className="gap-below" role="alert" />}
      {!tenant && (
        <Form.Item name="tenant" label={t('org.tenant_slug')} rules={[required(t('org.tenant_slug'))]} extra={t('org.tenant_slug_hint')}>
          <Input autoFocus autoComplete="organization" autoCapitalize="none" spellCheck={false} size="large" />
        </Form.Item>
      )}
      <Form.Item name="login" label={t('org.login')} rules={[required(t('org.login'))]}>
        <Input autoFocus={Boolean(tenant) && !login} autoComplete="username" autoCapitalize="none" spellCheck={false} size="large" readOnly={Boolean(login)} />
      </Form.Item>
      <Form.Item name="password" label={t('org.password')} rules={[required(t('org.password'))]}>
        <Input.Password autoFocus={Boolean(login)} autoComplete="current-password" size="large" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>{t('org.sign_in')}</Button>
    </Form>
  )
}
