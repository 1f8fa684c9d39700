import { Button, Modal, Statistic } from 'antd'
import { t } from '@/i18n'
import { leave } from '../session'

/** Says that the session is about to end, and that nothing typed is lost (UI14). */
export default function IdleWarning({ stay, endsAt }: { stay: () => void; endsAt: number }) {
  return (
    <Modal open title={t('idle.title')} closable={false} keyboard={false} mask={{ closable: false }} footer={[
      <Button key="out" onClick={() => void leave()}>{t('person.sign_out')}</Button>,
      <Button key="stay" type="primary" autoFocus onClick={stay}>{t('idle.stay')}</Button>,
    ]}>
      <p>{t('idle.text')}</p>
      <Statistic.Timer type="countdown" value={endsAt} format="mm:ss" />
    </Modal>
  )
}
