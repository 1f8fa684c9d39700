import { Steps, Timeline } from 'antd'
import type { Case } from '@/api/types'
import { t, tOr } from '@/i18n'
import { dateTime } from '@/ui/format'

/** The route as a picture, with where it stands (UI6). */
export function Route({ c }: { c: Case }) {
  const stopped = c.state !== 'open' && c.state !== 'approved'
  const returned = c.state === 'returned' ? c.steps.findLastIndex((s) => s.state === 'done') : -1
  return (
    <section className="panel">
      <h2>{t('approval.route')}</h2>
      <Steps orientation="vertical" size="small" items={[
        { title: t('approval.submit_step'), status: 'finish', content: <>{c.started_by.name}<div className="quiet">{dateTime(c.started_at)}</div></> },
        ...c.steps.map((s, i) => ({
          title: s.name,
          status: i === returned ? ('error' as const) : s.state === 'done' ? ('finish' as const) : s.state === 'open' ? (stopped ? ('error' as const) : ('process' as const)) : ('wait' as const),
          content: (
            <>
              {s.people.map((p) => <span key={p.id}>{p.name}{p.decided_at && <span className="quiet"> {dateTime(p.decided_at)}</span>} </span>)}
              {s.people.length > 1 && <span className="quiet"> {tOr(`approval.mode.${s.mode}`, '')}</span>}
              {s.state === 'open' && s.due_at && <div className="quiet">{t('approval.due_at', { at: dateTime(s.due_at) })}</div>}
            </>
          ),
        })),
      ]} />
    </section>
  )
}

/** Everything said and done so far, oldest first. */
export function Opinions({ c }: { c: Case }) {
  return (
    <section className="panel">
      <h2>{t('approval.opinions')}</h2>
      <Timeline items={c.events.map((e) => ({
        key: `${e.at} ${e.action}`,
        color: /return|withdraw/.test(e.action) ? 'orange' : /approve/.test(e.action) ? 'green' : 'gray',
        content: (
          <>
            <div><strong>{e.by.name || t('approval.system')}</strong> {tOr(`approval.action.${e.action}`, e.action)} <span className="quiet">{dateTime(e.at)}</span></div>
            {e.reason && <div>{tOr(`approval.reason.${e.reason}`, e.reason)}</div>}
            {e.opinion && <div>{e.opinion}</div>}
          </>
        ),
      }))} />
    </section>
  )
}
