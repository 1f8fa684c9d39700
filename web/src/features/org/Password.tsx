import { useRouter } from '@tanstack/react-router'
import { t } from '@/i18n'
import { Page } from '@/ui/Page'
import { PasswordForm } from './PasswordForm'

export function Password() {
  const router = useRouter()
  return (
    <Page help="sign-in#password" name={t('person.password')} width="narrow" back>
      <section className="panel" style={{ maxWidth: 440 }}><PasswordForm changed={() => { router.history.back() }} /></section>
    </Page>
  )
}
