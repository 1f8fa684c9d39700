import { useRouter } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { withTexts } from '@/i18n'
import { asProblem } from '@/api/problem'
import { Failed } from '@/ui/Loaded'
import { Waiting } from '../Fallback'
import { useMaybeMe } from '../session'

const PasswordNotice = lazy(() => withTexts(import('@/features/org/PasswordNotice')))
const SetUpMember = lazy(() => withTexts(import('@/features/factor/SetUpMember')))
const FirstPassword = lazy(() => withTexts(import('@/features/org/FirstPassword')))

/** Lets in whoever is signed in and has a password of their own, and a second factor if they need one. */
export function Gate({ children }: { children: ReactNode }) {
  const me = useMaybeMe()
  const router = useRouter()
  // Stays until the person has put the recovery codes away, although the door is open by then.
  const [settingUp, setSettingUp] = useState(false)
  if (me.data?.second_factor.needed && !settingUp) setSettingUp(true)
  const stranger = me.isError && !me.data && asProblem(me.error).status === 401
  useEffect(() => {
    if (!stranger) return
    const { pathname, searchStr, hash } = router.state.location // what a fragment says stays in one: a link's token, say (UI14)
    const here = pathname + searchStr
    void router.navigate({ to: '/sign-in', search: here === '/' ? {} : { next: here }, hash, replace: true })
  }, [stranger, router])
  if (me.data && settingUp && !me.data.must_change_password) {
    return <Suspense fallback={<Waiting />}><SetUpMember name={me.data.member.name} done={() => { setSettingUp(false) }} /></Suspense>
  }
  if (me.data) {
    return me.data.must_change_password
      ? <Suspense fallback={<Waiting />}><FirstPassword name={me.data.member.name} /></Suspense>
      : <>{me.data.password_days <= 14 && <Suspense fallback={null}><PasswordNotice days={me.data.password_days} forced={me.data.password_forced} /></Suspense>}{children}</>
  }
  if (!me.isError || stranger) return <Waiting />
  return <Failed error={me.error} retry={() => void me.refetch()} />
}
