import { QuestionCircleOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { lazy, type ReactNode, Suspense, useEffect, useRef, useState } from 'react'
import { TERMS, type TermName } from '@/help/terms'
import type { HelpPage, HelpRef } from '@/help/pages'
import { t, withTexts } from '@/i18n'

const HelpDrawer = lazy(() => withTexts(import('@/help/HelpDrawer')))

interface Props {
  page: HelpPage
  /** The heading to open it at. */
  at?: string
  /** What it explains, for whoever does not see where it stands. */
  about?: string
}

/** A `?` that opens a guide beside the page (UI13). */
export function HelpLink({ page, at, about }: Props) {
  return <HelpButton to={at ? `${page}#${at}` : page} label={about ? t('help.about', { about }) : t('help.page')} />
}

/** The `?` of a guide or of a place in one. */
export function HelpButton({ to, label }: { to: HelpRef; label: string }) {
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const was = useRef(false)
  useEffect(() => { // the drawer holds the focus until it is gone
    if (was.current && !open) button.current?.focus()
    was.current = open
  }, [open])
  return (
    <>
      <Button ref={button} type="text" size="small" className="help-button" icon={<QuestionCircleOutlined />} aria-label={label} title={label}
        aria-haspopup="dialog" aria-expanded={open} onClick={() => { setOpen(true) }} />
      {open && <Suspense><HelpDrawer start={to} close={() => { setOpen(false) }} /></Suspense>}
    </>
  )
}

/** A word with the `?` that explains it. */
export function Term({ of, children }: { of: TermName; children: string }) {
  return <span className="term">{children}<HelpButton to={TERMS[of]} label={t('help.about', { about: children })} /></span>
}

/** Puts the `?` behind something that is more than a word. */
export function WithTerm({ of, about, children }: { of: TermName; about: string; children: ReactNode }) {
  return <span className="term">{children}<HelpButton to={TERMS[of]} label={t('help.about', { about })} /></span>
}
