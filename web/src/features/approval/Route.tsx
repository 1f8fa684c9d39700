import { Steps, Tag, Timeline } from 'antd'
import type { Case, CaseEvent, CaseRound } from '@/api/types'
import { t, tOr } from '@/i18n'
import { dateTime } from '@/ui/format'

/** The route as a picture, with where it stands (UI6). */
export function Route({ c }: { c: Case }) {
  const stopped = c.state !== 'open' && c.state !== 'approved'
  const returned = c.state === 'returned' ? c.steps.findLastIndex((s) => s.state === 'done') : -1
  return (
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
  )
}

/** Everything said and done so far, oldest first; what was said when it was handed in before comes first (UI6). */
export function Opinions({ c }: { c: Case }) {
  if (c.earlier.length === 0) return <Events events={c.events} />
  return (
    <>
      {c.earlier.map((r) => <Said key={r.case_id} title={t('approval.round', { n: r.round })} state={r.state} events={r.events} />)}
      <Said title={t('approval.round_now', { n: c.round })} state={c.state} events={c.events} />
    </>
  )
}

const STATES: Record<CaseRound['state'], string> = { open: 'processing', approved: 'success', returned: 'warning', withdrawn: 'default', void: 'default' }

function Said({ title, state, events }: { title: string; state: CaseRound['state']; events: CaseEvent[] }) {
  return (
    <section aria-label={title}>
      <h3 className="row-between gap-below"><span>{title}</span><Tag color={STATES[state]}>{t(`case.state.${state}`)}</Tag></h3>
      <Events events={events} />
    </section>
  )
}

function Events({ events }: { events: CaseEvent[] }) {
  return (
    <Timeline items={events.map((e) => ({
      key: `${e.at} ${e.action}`,
      color: /return|withdraw/.test(e.action) ? 'orange' : /approve/.test(e.action) ? 'green' : 'gray',
      content: (
        <>
          <div><strong>{e.by?.name || t('approval.system')}</strong> {tOr(`approval.action.${e.action}`, e.action)} <span className="quiet">{dateTime(e.at)}</span></div>
          {e.reason && <div>{tOr(`approval.reason.${e.reason}`, e.reason)}</div>}
          {e.opinion && <div>{e.opinion}</div>}
        </>
      ),
    }))} />
  )
}
