import { Alert, Button, Form, Input } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import type { Proof } from '@/api/types'
import { type Asked, askedOf } from '@/features/factor/asked'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { enterConsole } from './operator'

const SecondStep = lazy(() => import('@/features/factor/SecondStep'))

interface Values { login: string; password: string }

export function ConsoleSignInForm({ entered }: { entered: () => void }) {
  const [form] = Form.useForm<Values>()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const [asked, setAsked] = useState<Asked>()
  const submit = async (v: Values) => {
    setBusy(true)
    setWrong(undefined)
    try {
      enterConsole(await ok(client.POST('/console/sign-in', { body: v })))
      entered()
    } catch (err) {
      const p = asProblem(err)
      const more = askedOf(p)
      if (more) { setAsked(more); return }
      setWrong(problemText(p))
      form.setFieldValue('password', '')
      form.focusField('password')
    } finally {
      setBusy(false)
    }
  }
  const show = async (proof: Proof) => {
    enterConsole(await ok(client.POST('/console/sign-in/second', { body: proof })))
    entered()
  }
  const again = (why?: string) => { setAsked(undefined); setWrong(why) }
  if (asked) return <Suspense fallback={null}><SecondStep asked={asked} send={show} again={again} /></Suspense>
  return (
    <Form<Values> form={form} layout="vertical" requiredMark={false} onFinish={(v) => void submit(v)}>
      {wrong && <Alert type="error" showIcon title={wrong} className="gap-below" role="alert" />}
      <Form.Item name="login" label={t('org.login')} rules={[required(t('org.login'))]}><Input autoFocus autoComplete="username" size="large" /></Form.Item>
      <Form.Item name="password" label={t('org.password')} rules={[required(t('org.password'))]}><Input.Password autoComplete="current-password" size="large" /></Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>{t('org.sign_in')}</Button>
    </Form>
  )
}
