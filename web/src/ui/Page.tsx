import { ArrowLeftOutlined } from '@ant-design/icons'
import { useRouter } from '@tanstack/react-router'
import { Button } from 'antd'
import { type ReactNode, useEffect } from 'react'
import type { HelpRef } from '@/help/pages'
import { t } from '@/i18n'
import { HelpButton } from './HelpLink'

interface Props {
  /** The kind of page, for the window's title: never the content's own words (UI14). */
  name: string
  /** What the page shows as its heading; the name if not given. */
  title?: ReactNode
  extra?: ReactNode
  back?: boolean
  /** The guide of this screen (UI13). */
  help?: HelpRef
  /** narrow: for reading; full: for tables and charts. */
  width?: 'narrow' | 'full'
  children: ReactNode
}

/** The frame of one screen. */
export function Page({ name, title, extra, back, help, width = 'full', children }: Props) {
  const router = useRouter()
  useEffect(() => { document.title = `${name} · ${t('app.name')}` }, [name])
  return (
    <div className={`page page-${width}`}>
      <header className="page-head">
        {back && <Button type="text" icon={<ArrowLeftOutlined />} aria-label={t('app.back')} onClick={() => { router.history.back() }} />}
        <h1 className="page-title">{title ?? name}</h1>
        {help && <HelpButton to={help} label={t('help.page')} />}
        {extra && <div className="page-extra">{extra}</div>}
      </header>
      {children}
    </div>
  )
}
