import { Link } from '@tanstack/react-router'
import { Alert } from 'antd'
import { t } from '@/i18n'

/** Says in good time that the password will have to be changed (R247). */
export default function PasswordNotice({ days, forced }: { days: number; forced: boolean }) {
  return (
    <Alert banner closable type="warning" role="status"
      title={<>{forced ? t('org.password_ages', { days }) : t(days === 0 ? 'org.password_old_advice' : 'org.password_ages_advice', { days })} <Link to="/org/password">{t('org.password_change')}</Link></>} />
  )
}
