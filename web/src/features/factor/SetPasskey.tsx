import { App, Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import type { House } from './house'
import { create } from './passkey'
import { RecoveryCodes } from './RecoveryCodes'
import { PasswordField } from './SetTotp'

interface Props { house: House; open: boolean; close: () => void }
interface Values { name: string; password: string }

/** Adds a passkey or a security key: the password, then what the browser asks. */
export function SetPasskey({ house, open, close }: Props) {
  const [held, setHeld] = useState(false) // until the recovery codes have been put away
  const done = () => { setHeld(false); close() }
  return (
    <Modal open={open} title={t('factor.passkey_add')} onCancel={close} closable={!held} keyboard={!held} footer={null} destroyOnHidden mask={{ closable: false }} width={440}>
      <PasskeySteps house={house} done={done} hold={() => { setHeld(true) }} />
    </Modal>
  )
}

/** The steps themselves. */
export function PasskeySteps({ house, done, hold }: { house: House; done: () => void; hold?: () => void }) {
  const { message } = App.useApp()
  const [form] = Form.useForm<Values>()
  const [codes, setCodes] = useState<string[]>()
  const add = useAction({
    form,
    run: async (v: Values, act) => {
      const asked = await house.beginPasskey(v.password, act)
      const credential = await create(JSON.parse(asked.options) as Record<string, unknown>).catch(() => undefined)
      if (!credential) return undefined // the person has closed the browser's window
      return house.setPasskey({ ticket: asked.ticket, name: v.name, credential }, () => act(1))
    },
    done: (recovery) => recovery && t('factor.passkey_is_added'),
    after: (recovery) => {
      if (!recovery) void message.warning(t('factor.passkey_not_used'))
      else if (recovery.length > 0) { setCodes(recovery); hold?.() } else done()
    },
  })
  if (codes) return <RecoveryCodes codes={codes} done={done} />
  return (
    <Form form={form} layout="vertical" requiredMark={false} onFinish={add.go}>
      <p className="quiet">{t('factor.passkey_hint')}</p>
      <Form.Item name="name" label={t('factor.passkey_name')} rules={[required(t('factor.passkey_name'))]} initialValue="">
        <Input maxLength={40} placeholder={t('factor.passkey_name_eg')} />
      </Form.Item>
      <PasswordField />
      <Button type="primary" htmlType="submit" block loading={add.busy}>{t('factor.next')}</Button>
    </Form>
  )
}
