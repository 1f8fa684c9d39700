import { KeyOutlined } from '@ant-design/icons'
import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { asProblem, problemText } from '@/api/problem'
import type { Proof } from '@/api/types'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import type { Asked } from './asked'
import { sign, supported } from './passkey'

interface Props {
  asked: Asked
  /** Shows the proof to the server; it enters or throws. */
  send: (proof: Proof) => Promise<void>
  /** Back to the password, or to what back says. */
  again: (why?: string) => void
  back?: string
}

/** The second step of signing in: a code, a passkey, or a recovery code. */
export default function SecondStep({ asked, send, again, back }: Props) {
  const [form] = Form.useForm<{ code: string }>()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<string>()
  const key = asked.ways.includes('passkey') && asked.passkey && supported() ? asked.passkey : undefined
  const [way, setWay] = useState<'totp' | 'recovery' | undefined>(asked.ways.includes('totp') ? 'totp' : key ? undefined : 'recovery')
  const show = async (make: () => Promise<Omit<Proof, 'ticket'>>) => {
    setBusy(true)
    setWrong(undefined)
    try {
      const proof = await make().catch(() => undefined) // the person has closed the browser's window
      if (!proof) { setWrong(t('factor.passkey_not_used')); return }
      await send({ ...proof, ticket: asked.ticket })
    } catch (err) {
      const p = asProblem(err)
      const text = problemText(p)
      if (p.code === 'org.ticket_void') { again(text); return }
      setWrong(text)
      form.setFieldValue('code', '')
      form.focusField('code')
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="stack">
      {wrong && <Alert type="error" showIcon title={wrong} role="alert" />}
      {key && (
        <Button type={way ? 'default' : 'primary'} block size="large" icon={<KeyOutlined />} loading={busy && !way}
          onClick={() => void show(async () => ({ way: 'passkey', passkey: await sign(key) }))}>{t('factor.use_passkey')}</Button>
      )}
      {way && (
        <Form form={form} key={way} layout="vertical" requiredMark={false} onFinish={(v: { code: string }) => void show(() => Promise.resolve({ way, code: v.code }))}>
          <Form.Item name="code" label={t(way === 'totp' ? 'factor.code' : 'factor.recovery_code')} extra={t(way === 'totp' ? 'factor.code_hint' : 'factor.recovery_hint')}
            rules={[required(t(way === 'totp' ? 'factor.code' : 'factor.recovery_code'))]}>
            <Input autoFocus size="large" className="mono" maxLength={way === 'totp' ? 7 : 40} inputMode={way === 'totp' ? 'numeric' : 'text'}
              autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} />
          </Form.Item>
          <Button type="primary" htmlType="submit" block size="large" loading={busy}>{t('factor.confirm')}</Button>
        </Form>
      )}
      <div className="row-between gap-below">
        {asked.ways.includes('recovery') && way !== 'recovery'
          ? <Button type="link" size="small" onClick={() => { setWay('recovery') }}>{t('factor.use_recovery')}</Button>
          : asked.ways.includes('totp') && way !== 'totp'
            ? <Button type="link" size="small" onClick={() => { setWay('totp') }}>{t('factor.use_totp')}</Button>
            : <span />}
        <Button type="link" size="small" onClick={() => { again() }}>{back ?? t('factor.again')}</Button>
      </div>
    </div>
  )
}
