import { IdcardOutlined, LoginOutlined } from '@ant-design/icons'
import { Alert, Button, Divider, Form, Input } from 'antd'
import { lazy, Suspense, useEffect, useEffectEvent, useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import type { IdentityOffer, IdentityWays, Me, Proof } from '@/api/types'
import { type Asked, askedOf } from '@/features/factor/asked'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { goesByItself, leaveFor } from './way'

const SecondStep = lazy(() => import('@/features/factor/SecondStep'))

interface Props { tenant: string; ways: IdentityWays; next: string | undefined; entered: (me: Me) => void; onTyping: (typing: boolean) => void }

/** The unit's own ways in: a button for each; what is typed for a directory is typed here. */
export default function Ways({ tenant, ways, next, entered, onTyping }: Props) {
  const [into, setInto] = useState<IdentityOffer>()
  const [busy, setBusy] = useState<string>()
  const [wrong, setWrong] = useState<string>()
  const go = async (o: IdentityOffer) => {
    setWrong(undefined)
    if (o.form === 'password') { setInto(o); onTyping(true); return }
    setBusy(o.id)
    try {
      const { url } = await ok(client.POST('/identity/sign-in/begin', { body: { tenant, provider: o.id } }))
      leaveFor(url, { purpose: 'sign-in', name: o.name, tenant, next: next ?? '/' })
    } catch (err) {
      setWrong(problemText(asProblem(err)))
      setBusy(undefined)
    }
  }
  const byItself = useEffectEvent(() => {
    const wecom = ways.items.find((o) => o.kind === 'wecom')
    if (wecom && goesByItself(navigator.userAgent)) void go(wecom)
  })
  useEffect(() => {
    const soon = setTimeout(() => { byItself() }, 0)
    return () => { clearTimeout(soon) }
  }, [])
  if (into) return <Typed key={into.id} tenant={tenant} offer={into} entered={entered} back={() => { setInto(undefined); onTyping(false) }} />
  return (
    <>
      {ways.passwords === 'all' && <Divider plain>{t('identity.or')}</Divider>}
      {wrong && <Alert type="error" showIcon title={wrong} className="gap-below" role="alert" />}
      <div className="stack">
        {ways.items.map((o) => (
          <Button key={o.id} block size="large" style={{ height: 'auto', minHeight: 40, whiteSpace: 'normal' }} icon={o.form === 'password' ? <IdcardOutlined /> : <LoginOutlined />} loading={busy === o.id} disabled={Boolean(busy) && busy !== o.id}
            onClick={() => void go(o)}>{t('identity.with', { name: o.name })}</Button>
        ))}
      </div>
    </>
  )
}

interface Values { login: string; password: string }

function Typed({ tenant, offer, entered, back }: { tenant: string; offer: IdentityOffer; entered: (me: Me) => void; back: () => void }) {
  const [form] = Form.useForm<Values>()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const [asked, setAsked] = useState<Asked>()
  const submit = async (v: Values) => {
    setBusy(true)
    setWrong(undefined)
    try {
      entered(await ok(client.POST('/identity/sign-in/password', { body: { ...v, tenant, provider: offer.id } })))
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
  const show = async (proof: Proof) => { entered(await ok(client.POST('/org/sign-in/second', { body: proof }))) }
  if (asked) return <Suspense fallback={null}><SecondStep asked={asked} send={show} again={(why) => { setAsked(undefined); setWrong(why) }} /></Suspense>
  return (
    <Form<Values> form={form} layout="vertical" requiredMark={false} onFinish={(v) => void submit(v)} scrollToFirstError={{ focus: true }}>
      {wrong && <Alert type="error" showIcon title={wrong} className="gap-below" role="alert" />}
      <Form.Item name="login" label={t('identity.their_login', { name: offer.name })} rules={[required(t('org.login'))]}>
        <Input autoFocus autoComplete="username" autoCapitalize="none" spellCheck={false} size="large" maxLength={128} />
      </Form.Item>
      <Form.Item name="password" label={t('identity.their_password', { name: offer.name })} rules={[required(t('org.password'))]}>
        <Input.Password autoComplete="current-password" size="large" maxLength={256} />
      </Form.Item>
      <Button type="primary" htmlType="submit" block size="large" loading={busy}>{t('org.sign_in')}</Button>
      <Button type="link" block onClick={back}>{t('identity.back_to_password')}</Button>
    </Form>
  )
}
