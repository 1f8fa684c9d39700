import { Button } from 'antd'
import { leave, meQuery, useMaybeMe } from '@/app/session'
import { queries } from '@/app/queries'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import { PasswordForm } from './PasswordForm'

/** Stands before everything else until the handed-over password has been changed. */
export default function FirstPassword({ name }: { name: string }) {
  const me = useMaybeMe().data
  const aged = me?.password_days === 0
  return (
    <GateCard help="sign-in#password" title={t(aged ? 'org.aged_password' : 'org.first_password')} hint={t(aged ? 'org.aged_password_hint' : 'org.first_password_hint', { name })}>
      <PasswordForm agree={me?.rules_unread ?? false} changed={() => void queries.refetchQueries({ queryKey: meQuery.queryKey })} />
      <Button type="link" size="small" onClick={() => void leave()}>{t('person.sign_out')}</Button>
    </GateCard>
  )
}
