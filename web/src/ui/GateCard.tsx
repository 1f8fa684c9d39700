import type { ReactNode } from 'react'
import type { HelpRef } from '@/help/pages'
import { t } from '@/i18n'
import { HelpButton } from './HelpLink'

/** The frame of what is shown before one is inside. */
export function GateCard({ title, hint, help, children }: { title: string; hint?: ReactNode; help?: HelpRef; children: ReactNode }) {
  return (
    <main className="gate">
      <div className="gate-card">
        <header>
          <img src="/icon.svg" alt={t('app.name')} width={40} height={40} />
          <h1>{title}{help && <HelpButton to={help} label={t('help.page')} />}</h1>
          {hint && <div className="quiet">{hint}</div>}
        </header>
        {children}
      </div>
    </main>
  )
}
