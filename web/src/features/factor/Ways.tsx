import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Modal, Tag } from 'antd'
import { useState } from 'react'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { FormDialog } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import './factor.css'
import type { House } from './house'
import { fits } from './passkey'
import { RecoveryCodes } from './RecoveryCodes'
import { SetPasskey } from './SetPasskey'
import { PasswordField, SetTotp } from './SetTotp'

type Gone = { what: 'totp' } | { what: 'passkey'; id: string; name: string }

/** What somebody has set up as second factor, and how to change it. */
export function Ways({ house }: { house: House }) {
  const query = useQuery({ queryKey: house.key, queryFn: ({ signal }) => house.mine(signal) })
  const [adding, setAdding] = useState<'totp' | 'passkey'>()
  const [gone, setGone] = useState<Gone>()
  const [renewing, setRenewing] = useState(false)
  const close = () => { setAdding(undefined); void query.refetch() }
  return (
    <Loaded query={query}>{(m) => (
      <div className="stack-wide">
        {m.demanded && <Alert type="info" showIcon title={t('factor.demanded')} />}
        <section className="panel">
          <div className="panel-head"><h2>{t('factor.totp')}</h2>{m.totp && <Tag color="success">{t('factor.on')}</Tag>}</div>
          <div className="factor-way">
            <div className="quiet">{m.totp && m.totp_since ? t('factor.totp_since', { at: dateTime(m.totp_since) }) : t('factor.totp_about')}</div>
            <div className="row">
              <Button onClick={() => { setAdding('totp') }}>{t(m.totp ? 'factor.totp_change' : 'factor.totp_set')}</Button>
              {m.totp && <Button danger onClick={() => { setGone({ what: 'totp' }) }}>{t('factor.remove')}</Button>}
            </div>
          </div>
        </section>
        <section className="panel">
          <div className="panel-head"><h2>{t('factor.passkeys')}</h2>
            {m.passkeys_offered && fits(m.passkey_site) && <Button size="small" icon={<PlusOutlined />} onClick={() => { setAdding('passkey') }}>{t('factor.passkey_add')}</Button>}
          </div>
          {m.passkeys.length === 0 && <div className="quiet">{t(m.passkeys_offered && fits(m.passkey_site) ? 'factor.passkey_about' : 'factor.passkey_elsewhere', { site: m.passkey_site })}</div>}
          <ul className="lines">
            {m.passkeys.map((p) => (
              <li key={p.id}>
                <span className="grow">{p.name} <span className="quiet">{t('factor.passkey_since', { at: dateTime(p.created_at) })}{p.used_at && <> · {t('factor.passkey_used', { at: dateTime(p.used_at) })}</>}</span></span>
                <Button size="small" type="text" danger icon={<DeleteOutlined />} onClick={() => { setGone({ what: 'passkey', id: p.id, name: p.name }) }}>{t('factor.remove')}</Button>
              </li>
            ))}
          </ul>
        </section>
        {(m.totp || m.passkeys.length > 0) && (
          <section className="panel">
            <div className="panel-head"><h2>{t('factor.recovery_codes')}</h2>{m.recovery_left <= 3 && <Tag color="warning">{t('factor.recovery_few')}</Tag>}</div>
            <div className="factor-way">
              <div className="quiet">{t('factor.recovery_left', { n: m.recovery_left })}</div>
              <Button onClick={() => { setRenewing(true) }}>{t('factor.recovery_renew')}</Button>
            </div>
          </section>
        )}
        <SetTotp house={house} open={adding === 'totp'} close={close} />
        <SetPasskey house={house} open={adding === 'passkey'} close={close} />
        {gone && <Remove house={house} gone={gone} close={() => { setGone(undefined); void query.refetch() }} />}
        <Renew house={house} open={renewing} close={() => { setRenewing(false); void query.refetch() }} />
      </div>
    )}</Loaded>
  )
}

function Remove({ house, gone, close }: { house: House; gone: Gone; close: () => void }) {
  const [form] = Form.useForm<{ password: string }>()
  const remove = useAction({
    form,
    run: (v: { password: string }, act) => gone.what === 'totp' ? house.removeTotp(v.password, act) : house.removePasskey({ id: gone.id, password: v.password }, act),
    done: () => t('factor.removed'),
    after: close,
  })
  return (
    <FormDialog open title={gone.what === 'totp' ? t('factor.totp_remove') : t('factor.passkey_remove', { name: gone.name })} close={close} form={form} action={remove} ok={t('factor.remove')} danger width={440}>
      <p className="quiet">{t('factor.remove_hint')}</p>
      <PasswordField />
    </FormDialog>
  )
}

function Renew({ house, open, close }: { house: House; open: boolean; close: () => void }) {
  const [form] = Form.useForm<{ password: string }>()
  const [codes, setCodes] = useState<string[]>()
  const renew = useAction({ form, run: (v: { password: string }, act) => house.newRecovery(v.password, act), after: setCodes })
  if (codes) {
    return (
      <Modal open={open} title={t('factor.recovery_codes')} footer={null} closable={false} keyboard={false} mask={{ closable: false }} width={440}>
        <RecoveryCodes codes={codes} done={() => { setCodes(undefined); close() }} />
      </Modal>
    )
  }
  return (
    <FormDialog open={open} title={t('factor.recovery_renew')} close={close} form={form} action={renew} ok={t('factor.next')} width={440}>
      <p className="quiet">{t('factor.recovery_renew_hint')}</p>
      <PasswordField />
    </FormDialog>
  )
}
