import type { ReactNode } from 'react'
import { t } from '@/i18n'

/** The frame of what is shown before one is inside. */
export function GateCard({ title, hint, children }: { title: string; hint?: ReactNode; children: ReactNode }) {
  return (
    <main className="gate">
      <div className="gate-card">
        <header>
          <img src="/icon.svg" alt={t('app.name')} width={40} height={40} />
          <h1>{title}</h1>
          {hint && <div className="quiet">{hint}</div>}
        </header>
        {children}
      </div>
    </main>
  )
}
