import { Link, useRouter } from '@tanstack/react-router'
import { Alert, Button, Skeleton } from 'antd'
import { type ReactNode, useEffect } from 'react'
import { helpRoot } from '@/help/pages'
import { t } from '@/i18n'

export function Waiting() {
  return <div className="page" role="status" aria-label={t('app.loading')}><Skeleton active paragraph={{ rows: 8 }} /></div>
}

/** Where no door is known: the way to the first one. */
export function NotFound(): ReactNode {
  return (
    <Alert className="page-narrow page" type="info" showIcon title={t('app.not_found')} description={t('app.not_found_next')}
      action={<Link to="/">{t('app.home')}</Link>} />
  )
}

/** An unknown address inside a door: the menu stays, and there is a way on. */
export function Lost(): ReactNode {
  useEffect(() => { document.title = `${t('app.not_found')} · ${t('app.name')}` }, [])
  return (
    <div className="page page-narrow">
      <header className="page-head"><h1 className="page-title">{t('app.not_found')}</h1></header>
      <section className="panel"><p>{t('app.not_found_next')}</p><WaysOn /></section>
    </div>
  )
}

/** One page has failed: the frame around it still works. */
export function Crash({ error, reset }: { error: unknown; reset?: () => void }): ReactNode {
  const missing = error instanceof TypeError && /import|fetch|module/i.test(error.message) // part of a newer or unreachable build
  return (
    <div className="page page-narrow" role="alert">
      <header className="page-head"><h1 className="page-title">{t('app.crash')}</h1></header>
      <section className="panel">
        <p>{t(missing ? 'app.crash_missing' : 'app.crash_next')}</p>
        <WaysOn first={<Button type="primary" onClick={() => { window.location.reload() }}>{t('app.reload_page')}</Button>} left={reset} />
      </section>
    </div>
  )
}

function WaysOn({ first, left }: { first?: ReactNode; left?: () => void }) {
  const router = useRouter()
  const help = helpRoot(router.state.location.pathname)
  const go = (to: string) => {
    router.history.push(to)
    left?.()
  }
  return (
    <div className="row">
      {first}
      <Button onClick={() => { router.history.back() }}>{t('app.go_back')}</Button>
      <Button onClick={() => { go(help.replace(/\/?help$/, '') || '/') }}>{t('app.home')}</Button>
      <Button onClick={() => { go(help) }}>{t('help.title')}</Button>
    </div>
  )
}
