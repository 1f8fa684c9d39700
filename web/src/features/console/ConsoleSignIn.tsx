import { useNavigate } from '@tanstack/react-router'
import { useEffect } from 'react'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import { ConsoleSignInForm } from './ConsoleSignInForm'

/** The operators' own sign-in. */
export function ConsoleSignIn() {
  const navigate = useNavigate()
  useEffect(() => { document.title = `${t('console.brand')} · ${t('app.name')}` }, [])
  return (
    <GateCard help="sign-in" title={t('console.brand')} hint={t('console.sign_in_hint')}>
      <ConsoleSignInForm entered={() => void navigate({ to: '/console', replace: true })} />
    </GateCard>
  )
}
