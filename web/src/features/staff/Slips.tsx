import { CopyOutlined, PrinterOutlined } from '@ant-design/icons'
import { Alert, App, Button, Modal } from 'antd'
import type { StaffSlip } from '@/api/types'
import { t } from '@/i18n'
import './print.css'

const linkOf = (s: StaffSlip) => `${window.location.origin}/activate#${s.token}`

/** What people need to come in for the first time, to be handed to each: shown once, printed or copied. */
export function Slips({ slips, close }: { slips: StaffSlip[]; close: () => void }) {
  const { message } = App.useApp()
  const copy = async () => {
    await navigator.clipboard.writeText(slips.map((s) => [s.name, s.login, s.department, linkOf(s)].join('\t')).join('\n'))
    void message.success(t('app.copied'))
  }
  return (
    <Modal open title={t('staff.slips')} width={720} onCancel={close} keyboard={false} mask={{ closable: false }} footer={(
      <>
        <Button icon={<CopyOutlined />} onClick={() => void copy()}>{t('app.copy')}</Button>
        <Button icon={<PrinterOutlined />} onClick={() => { window.print() }}>{t('app.print')}</Button>
        <Button type="primary" onClick={close}>{t('secret.done')}</Button>
      </>
    )}>
      <Alert type="warning" showIcon title={t('secret.once')} description={t('staff.slips_once')} className="gap-below" />
      <ul className="slips" aria-label={t('staff.slips')} tabIndex={0}>
        {slips.map((s) => (
          <li key={s.login}>
            <strong>{s.name}</strong> <span className="quiet">{s.department}</span>
            <div>{t('org.login_is')}<span className="mono">{s.login}</span></div>
            <div className="mono slip-link">{linkOf(s)}</div>
          </li>
        ))}
      </ul>
    </Modal>
  )
}
