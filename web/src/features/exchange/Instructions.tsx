import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { EnvelopePage } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'

const InstructDialog = lazy(() => import('./InstructDialog'))

/** What leaders of the receiver wrote, in the last wording; what stood there before is kept below it. */
export function Instructions({ e }: { e: EnvelopePage }) {
  const [open, setOpen] = useState<string>()
  const of = e.instructions.find((n) => n.id === open)
  if (e.instructions.length === 0) return null
  return (
    <section className="panel">
      <h2>{t('instruct.list')}</h2>
      <ul className="lines">
        {e.instructions.map((n) => (
          <li key={n.id}>
            <div className="grow">
              <strong>{n.leader}</strong><br />{n.text}
              {n.corrected_at && <div className="muted">{t('instruct.corrected', { at: dateTime(n.corrected_at), reason: n.reason })}</div>}
              {n.before.length > 0 && (
                <details>
                  <summary>{t('instruct.show_before')}</summary>
                  {n.before.map((b) => <div key={b.at} className="muted">{t('instruct.before', { at: dateTime(b.at) })}<br />{b.leader} {b.on}<br />{b.text}</div>)}
                </details>
              )}
            </div>
            <span className="when">{n.on}</span>
            {e.correctable.includes(n.id) && <Button size="small" onClick={() => { setOpen(n.id) }}>{t('instruct.correct')}</Button>}
          </li>
        ))}
      </ul>
      {of && <Suspense><InstructDialog e={e} of={of} close={() => { setOpen(undefined) }} /></Suspense>}
    </section>
  )
}
