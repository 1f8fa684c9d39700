import { useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { useEffect } from 'react'
import { asProblem } from '@/api/problem'
import { Waiting } from '@/app/Fallback'
import { useMaybeMe } from '@/app/session'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import { inside } from '@/ui/inside'
import { Failed } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'

/**
 * Where a notice leads that was read elsewhere: `?t=` names the unit and `to` the page. Whoever is signed in there goes on;
 * whoever is not signs in first; whoever is signed in at another unit is told so.
 */
export function Open() {
  const [search] = useAddress()
  const me = useMaybeMe()
  const navigate = useNavigate()
  const slug = search.t ?? ''
  const to = search.to?.startsWith('/open') ? '/' : inside(search.to)
  const stranger = me.isError && !me.data && asProblem(me.error).status === 401
  const here = me.data && (!slug || me.data.tenant.slug === slug)
  useEffect(() => { document.title = `${t('outward.open_title')} · ${t('app.name')}` }, [])
  useEffect(() => {
    if (here) void navigate({ href: to, replace: true })
    else if (stranger) void navigate({ to: '/sign-in', search: { ...(slug ? { t: slug } : {}), next: to }, replace: true })
  }, [here, stranger, slug, to, navigate])
  if (me.data && !here) {
    return (
      <GateCard help="outward#open" title={t('outward.open_other')} hint={t('outward.open_other_hint', { name: me.data.tenant.name })}>
        <Button type="primary" block onClick={() => void navigate({ to: '/sign-in', search: { t: slug, next: to } })}>{t('outward.open_switch')}</Button>
      </GateCard>
    )
  }
  if (!me.isError || stranger) return <Waiting />
  return <Failed error={me.error} retry={() => void me.refetch()} />
}
