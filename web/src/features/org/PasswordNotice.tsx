import { Link } from '@tanstack/react-router'
import { Alert } from 'antd'
import { t } from '@/i18n'

/** Says in good time that the password will have to be changed (R247). */
export default function PasswordNotice({ days }: { days: number }) {
  return (
    <Alert banner closable type="warning" role="status"
      title={<>{t('org.password_ages', { days })} <Link to="/org/password">{t('org.password_change')}</Link></>} />
  )
}
