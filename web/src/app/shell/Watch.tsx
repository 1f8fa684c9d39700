import { lazy, Suspense, useEffect, useState } from 'react'
import { client, lastAnswer, ok, onSignedOut } from '@/api/client'
import { meQuery, useMe } from '../session'
import { queries } from '../queries'
import { withTexts } from '@/i18n'
import { isIdle } from './activity'

const IdleWarning = lazy(() => withTexts(import('./IdleWarning')))
const SignInAgain = lazy(() => withTexts(import('@/features/org/SignInAgain')))

const WARN = 2 * 60_000 // before the session ends
const KEEP = 5 * 60_000 // at most so long without a request while somebody is typing

/** Watches the session: keeps it while somebody works, warns before it ends, asks to sign in again over the page as it stands. */
export function Watch() {
  const limit = useMe().idle_minutes * 60_000
  const [warning, setWarning] = useState(false)
  const [out, setOut] = useState(false)
  useEffect(() => onSignedOut((door) => { if (door === 'member') setOut(true) }), [])
  useEffect(() => {
    const timer = window.setInterval(() => {
      const quiet = Date.now() - lastAnswer
      if (quiet > KEEP && !isIdle(KEEP)) void queries.refetchQueries({ queryKey: meQuery.queryKey })
      setWarning(quiet > limit - WARN && quiet < limit)
      if (quiet >= limit) setOut(true)
    }, 5_000)
    return () => { window.clearInterval(timer) }
  }, [limit])
  const stay = async () => {
    await ok(client.GET('/org/me')).catch(() => { setOut(true) })
    setWarning(false)
  }
  return (
    <Suspense>
      {warning && !out && <IdleWarning stay={() => void stay()} endsAt={lastAnswer + limit} />}
      {out && <SignInAgain done={() => { setOut(false) }} />}
    </Suspense>
  )
}
