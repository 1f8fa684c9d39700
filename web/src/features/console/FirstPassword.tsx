import { Button } from 'antd'
import { client, ok } from '@/api/client'
import { queries } from '@/app/queries'
import { PasswordForm } from '@/features/org/PasswordForm'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import { leaveConsole, operatorQuery } from './operator'

/** Stands before the console until the operator has replaced the password that was handed over. */
export function FirstPassword({ name }: { name: string }) {
  return (
    <GateCard help="console#account" title={t('org.first_password')} hint={t('org.first_password_hint', { name })}>
      <PasswordForm send={(body, act) => ok(client.POST('/console/password', { ...act(), body }))} changed={() => void queries.refetchQueries({ queryKey: operatorQuery.queryKey })} />
      <Button type="link" size="small" onClick={() => void leaveConsole()}>{t('person.sign_out')}</Button>
    </GateCard>
  )
}
