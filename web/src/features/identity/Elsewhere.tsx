import { Button } from 'antd'
import { useEffect, useEffectEvent } from 'react'
import { client, ok } from '@/api/client'
import type { Me } from '@/api/types'
import { t } from '@/i18n'

/** For whoever came in by a provider: the way leads away from the page, so it is gone in another window. */
export default function Elsewhere({ me, entered }: { me: Me; entered: (me: Me) => void }) {
  const look = useEffectEvent(async () => {
    const next = await ok(client.GET('/org/me')).catch(() => undefined)
    if (!next) return
    if (next.member.id === me.member.id) entered(next)
    else window.location.assign('/') // somebody else's: what stands here is none of theirs
  })
  useEffect(() => {
    const back = () => { if (!document.hidden) void look() }
    window.addEventListener('focus', back)
    document.addEventListener('visibilitychange', back)
    return () => {
      window.removeEventListener('focus', back)
      document.removeEventListener('visibilitychange', back)
    }
  }, [])
  return (
    <div className="stack">
      <Button block size="large" href={`/sign-in?t=${encodeURIComponent(me.tenant.slug)}`} target="_blank">{t('identity.elsewhere')}</Button>
      <div className="quiet">{t('identity.elsewhere_hint')}</div>
    </div>
  )
}
