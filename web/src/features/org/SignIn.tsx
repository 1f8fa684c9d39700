import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import { useEffect } from 'react'
import { client, ok } from '@/api/client'
import type { Me } from '@/api/types'
import { enter } from '@/app/session'
import { currentLocale, setLocale, t } from '@/i18n'
import { useAddress } from '@/ui/useAddress'
import { GateCard } from '@/ui/GateCard'
import { inside } from '@/ui/inside'
import { SignInForm } from './SignInForm'

/** The workplace's sign-in: `?t=` names the tenant, else it is asked for. */
export function SignIn() {
  const [search, set] = useAddress()
  const navigate = useNavigate()
  const own = useQuery({ queryKey: ['tenant-here'], queryFn: ({ signal }) => ok(client.GET('/plan/here', { signal })), enabled: !search.t, retry: false, staleTime: Infinity })
  const slug = search.t ?? (own.data?.slug || undefined)
  const tenant = useQuery({
    queryKey: ['tenant-card', slug],
    queryFn: ({ signal }) => ok(client.GET('/org/tenants/{slug}', { signal, params: { path: { slug: slug ?? '' } } })),
    enabled: Boolean(slug),
    retry: false,
  })
  useEffect(() => { document.title = `${t('org.sign_in')} · ${t('app.name')}` }, [])
  const entered = (me: Me) => {
    enter(me)
    void navigate({ href: inside(search.next), replace: true })
  }
  return (
    <GateCard help="sign-in" title={tenant.data?.name ?? t('org.sign_in_title')} hint={tenant.isError ? t('org.no_such_tenant') : t('org.sign_in_hint')}>
      <SignInForm key={slug} tenant={tenant.isError ? undefined : slug} entered={entered} />
      <div style={{ paddingBlock: 4 }}><Link to="/forgot" search={slug ? { t: slug } : {}}>{t('org.forgot')}</Link></div>
      <div className="row-between">
        {slug ? <Button type="link" size="small" onClick={() => { set({ t: undefined }) }}>{t('org.other_tenant')}</Button> : <span />}
        <Button type="link" size="small" onClick={() => void setLocale(currentLocale() === 'en' ? 'zh-CN' : 'en')}>{t('person.other_locale')}</Button>
      </div>
    </GateCard>
  )
}
