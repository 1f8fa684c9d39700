import { Button, Form, Input, Modal, QRCode } from 'antd'
import { useState } from 'react'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import type { House } from './house'
import { RecoveryCodes } from './RecoveryCodes'

interface Props { house: House; open: boolean; close: () => void }

/** Sets an authenticator app up: the password, a code to scan, and a code it shows. */
export function SetTotp({ house, open, close }: Props) {
  const [held, setHeld] = useState(false) // until the recovery codes have been put away
  const done = () => { setHeld(false); close() }
  return (
    <Modal open={open} title={t('factor.totp_set')} onCancel={close} closable={!held} keyboard={!held} footer={null} destroyOnHidden mask={{ closable: false }} width={440}>
      <TotpSteps house={house} done={done} hold={() => { setHeld(true) }} />
    </Modal>
  )
}

/** The steps themselves. */
export function TotpSteps({ house, done, hold }: { house: House; done: () => void; hold?: () => void }) {
  const [form] = Form.useForm<{ password: string; code: string }>()
  const [begun, setBegun] = useState<{ secret: string; address: string; ticket: string }>()
  const [codes, setCodes] = useState<string[]>()
  const begin = useAction({ form, run: (v: { password: string }, act) => house.beginTotp(v.password, act), after: setBegun })
  const set = useAction({
    form,
    run: (v: { code: string }, act) => house.setTotp({ ticket: begun?.ticket ?? '', code: v.code }, act),
    done: () => t('factor.totp_is_set'),
    after: (recovery) => {
      if (recovery.length > 0) { setCodes(recovery); hold?.() } else done()
    },
  })
  if (codes) return <RecoveryCodes codes={codes} done={done} />
  if (!begun) {
    return (
      <Form form={form} key="password" layout="vertical" requiredMark={false} onFinish={begin.go}>
        <p className="quiet">{t('factor.totp_hint')}</p>
        <PasswordField />
        <Button type="primary" htmlType="submit" block loading={begin.busy}>{t('factor.next')}</Button>
      </Form>
    )
  }
  return (
    <Form form={form} key="code" layout="vertical" requiredMark={false} onFinish={set.go}>
      <p>{t('factor.totp_scan')}</p>
      <div className="factor-qr"><QRCode value={begun.address} size={184} bordered={false} aria-label={t('factor.totp_scan')} /></div>
      <p className="quiet">{t('factor.totp_type')}<br /><span className="mono factor-secret">{begun.secret.replace(/(.{4})/g, '$1 ').trim()}</span></p>
      <Form.Item name="code" label={t('factor.code')} rules={[required(t('factor.code'))]}>
        <Input autoFocus size="large" className="mono" maxLength={7} inputMode="numeric" autoComplete="one-time-code" />
      </Form.Item>
      <Button type="primary" htmlType="submit" block loading={set.busy}>{t('factor.totp_finish')}</Button>
    </Form>
  )
}

/** One's own password once more, before anything of the second factor changes. */
export function PasswordField() {
  return (
    <Form.Item name="password" label={t('factor.password')} rules={[required(t('org.password'))]}>
      <Input.Password autoFocus autoComplete="current-password" />
    </Form.Item>
  )
}
