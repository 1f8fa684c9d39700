import { Link, useNavigate } from '@tanstack/react-router'
import { Alert, Spin } from 'antd'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import type { Me, Proof } from '@/api/types'
import { enter, meQuery } from '@/app/session'
import { queries } from '@/app/queries'
import { type Asked, askedOf } from '@/features/factor/asked'
import { t } from '@/i18n'
import { GateCard } from '@/ui/GateCard'
import { useAddress } from '@/ui/useAddress'
import { backOf, forgetWay, onTheWay, type Way } from './way'

const SecondStep = lazy(() => import('@/features/factor/SecondStep'))

/** Where a provider sends the browser back to. What it brought leaves the address at once, and is shown to the server. */
export function Return() {
  const [search] = useAddress()
  const navigate = useNavigate()
  const [way] = useState<Way>(onTheWay)
  const [wrong, setWrong] = useState<string>()
  const [asked, setAsked] = useState<Asked>()
  const once = useRef(false)
  const entered = (me: Me) => {
    forgetWay()
    enter(me)
    void navigate({ href: way.next, replace: true })
  }
  const linked = () => {
    forgetWay()
    void navigate({ to: '/org/identities', search: { bound: way.name }, replace: true })
  }
  useEffect(() => {
    document.title = `${t('org.sign_in')} · ${t('app.name')}`
    if (once.current) return
    once.current = true
    const body = backOf(search)
    window.history.replaceState(window.history.state, '', '/sign-in/return')
    if (!body.state) { setTimeout(() => { setWrong(t('error.identity.begin_again')) }, 0); return } // the page was loaded anew
    const send = async () => {
      if (way.purpose === 'sign-in') { entered(await ok(client.POST('/identity/sign-in/finish', { body }))); return }
      await queries.fetchQuery({ ...meQuery, staleTime: 0 }) // the page was left: who is signed in has to be asked again
      await ok(client.POST('/identity/mine/finish', { body }))
      linked()
    }
    send().catch((err: unknown) => {
      const p = asProblem(err)
      const more = askedOf(p)
      if (more) { setAsked(more); return }
      setWrong(problemText(p))
    })
  })
  const show = async (proof: Proof) => { entered(await ok(client.POST('/org/sign-in/second', { body: proof }))) }
  const door = { ...(way.tenant ? { t: way.tenant } : {}), ...(way.next === '/' ? {} : { next: way.next }) }
  const again = (why?: string) => {
    if (why) setWrong(why)
    else void navigate({ to: '/sign-in', search: door, replace: true })
  }
  const failed = t(way.purpose === 'link' ? 'identity.link_failed' : 'identity.failed')
  return (
    <GateCard help="sign-in#identity" title={way.name || t('org.sign_in_title')}>
      {asked && !wrong && <Suspense fallback={<Spin />}><SecondStep asked={asked} send={show} again={again} back={t('identity.to_sign_in')} /></Suspense>}
      {wrong && (
        <div className="stack-wide">
          <Alert type="error" showIcon title={failed} description={wrong} role="alert" />
          {way.purpose === 'link' ? <Link to="/org/identities">{t('identity.to_mine')}</Link> : <Link to="/sign-in" search={door}>{t('identity.to_sign_in')}</Link>}
        </div>
      )}
      {!asked && !wrong && <div className="row" role="status"><Spin /> {t('identity.coming')}</div>}
    </GateCard>
  )
}
