import { Button } from 'antd'
import { leave, meQuery } from '@/app/session'
import { queries } from '@/app/queries'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import { PasswordForm } from './PasswordForm'

/** Stands before everything else until the handed-over password has been changed. */
export default function FirstPassword({ name }: { name: string }) {
  return (
    <GateCard title={t('org.first_password')} hint={t('org.first_password_hint', { name })}>
      <PasswordForm changed={() => void queries.refetchQueries({ queryKey: meQuery.queryKey })} />
      <Button type="link" size="small" onClick={() => void leave()}>{t('person.sign_out')}</Button>
    </GateCard>
  )
}
