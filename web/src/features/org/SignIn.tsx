import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { lazy, Suspense, useEffect, useState } from 'react'
import { client, ok } from '@/api/client'
import type { Me } from '@/api/types'
import { enter } from '@/app/session'
import { currentLocale, setLocale, t } from '@/i18n'
import { useAddress } from '@/ui/useAddress'
import { GateCard } from '@/ui/GateCard'
import { inside } from '@/ui/inside'
import { usePref } from '@/ui/prefs'
import { SignInForm } from './SignInForm'

const Ways = lazy(() => import('@/features/identity/Ways'))

const FLUSH = { paddingInline: 0 } // in line with what stands above

/** The workplace's sign-in: `?t=` names the tenant, or the domain does, or what this browser was shown last; else it is asked for. */
export function SignIn() {
  const [search, set] = useAddress()
  const navigate = useNavigate()
  const own = useQuery({ queryKey: ['tenant-here'], queryFn: ({ signal }) => ok(client.GET('/plan/here', { signal })), enabled: !search.t, retry: false, staleTime: Infinity })
  const [last, remember] = usePref('tenant', '')
  const slug = search.t ?? (own.data?.slug || last || undefined)
  const tenant = useQuery({
    queryKey: ['tenant-card', slug],
    queryFn: ({ signal }) => ok(client.GET('/org/tenants/{slug}', { signal, params: { path: { slug: slug ?? '' } } })),
    enabled: Boolean(slug),
    retry: false,
  })
  useEffect(() => { if (search.t && tenant.isSuccess) remember(search.t) }, [search.t, tenant.isSuccess, remember])
  const known = Boolean(slug) && !tenant.isError
  const ways = useQuery({
    queryKey: ['tenant-ways', slug],
    queryFn: ({ signal }) => ok(client.GET('/identity/ways/{slug}', { signal, params: { path: { slug: slug ?? '' } } })),
    enabled: known && tenant.isSuccess,
    retry: false,
  })
  const others = known && ways.data && ways.data.items.length > 0 ? ways.data : undefined
  const [typing, setTyping] = useState(false) // for a directory: one form at a time
  const [admin, setAdmin] = useState(false)
  const [second, setSecond] = useState(false) // the password was right; nothing else is asked meanwhile
  const closed = others?.passwords === 'admins' && !admin
  const [hash] = useState(() => window.location.hash) // of where one wanted to go
  const next = inside(search.next) + hash
  useEffect(() => { document.title = `${t('org.sign_in')} · ${t('app.name')}` }, [])
  const entered = (me: Me) => {
    enter(me)
    void navigate({ href: next, replace: true })
  }
  return (
    <GateCard help="sign-in" title={tenant.data?.name ?? t('org.sign_in_title')} hint={tenant.isError ? t('org.no_such_tenant') : typing || closed ? undefined : t('org.sign_in_hint')}>
      {!typing && !closed && <SignInForm key={slug} tenant={tenant.isError ? undefined : slug} entered={entered} onStep={setSecond} />}
      {!typing && !closed && !second && <div style={{ paddingTop: 8 }}><Link to="/forgot" search={slug ? { t: slug } : {}}>{t('org.forgot')}</Link></div>}
      {others && slug && !second && <Suspense fallback={null}><Ways key={slug} tenant={slug} ways={others} next={next} entered={entered} onTyping={setTyping} /></Suspense>}
      {!typing && closed && <div style={{ paddingBlock: 4 }}><Button type="link" size="small" style={FLUSH} onClick={() => { setAdmin(true) }}>{t('identity.admins_only')}</Button></div>}
      <div className="row-between" style={{ paddingTop: 8 }}>
        {slug ? <Button type="link" size="small" style={FLUSH} onClick={() => { remember(''); setSecond(false); set({ t: undefined }) }}>{t('org.other_tenant')}</Button> : <span />}
        <Button type="link" size="small" style={FLUSH} onClick={() => void setLocale(currentLocale() === 'en' ? 'zh-CN' : 'en')}>{t('person.other_locale')}</Button>
      </div>
    </GateCard>
  )
}
