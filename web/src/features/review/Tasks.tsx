import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { client, ok } from '@/api/client'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { Due, FormTag } from './tags'
import './review.css'

/** What the reader is called to do in the assessment: self-assessments, lines to review, ballots. */
export function Tasks() {
  const fill = useCan()('review.fill', 'review.submit')
  return (
    <Page help="self-assessment" name={t('review.tasks')}>
      <div className="stack-wide">
        {fill && <section className="panel"><h2>{t('review.self')}</h2><Forms /></section>}
        <section className="panel"><h2>{t('review.queue')}</h2><Waiting /></section>
        <section className="panel"><h2>{t('review.ballots')}</h2><Ballots /></section>
      </div>
    </Page>
  )
}

function Forms() {
  const query = useQuery({ queryKey: ['review-forms'], queryFn: ({ signal }) => ok(client.GET('/review/forms', { signal, params: { query: { limit: 50 } } })) })
  return (
    <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('review.no_forms')} />}>
      {(d) => (
        <ul className="lines">
          {d.items.map((f) => (
            <li key={f.id}>
              <span className="grow"><Link to="/assess/self/$id" params={{ id: f.id }}>{f.name}</Link> <span className="quiet">{f.unit.name}</span></span>
              <span className="when"><Due day={f.due_day} until={f.permit_until} /></span>
              <FormTag state={f.state} />
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  )
}

function Waiting() {
  const query = useQuery({ queryKey: ['review-queue', 'todo', 1], queryFn: ({ signal }) => ok(client.GET('/review/queue', { signal, params: { query: { state: 'todo', limit: 1 } } })) })
  return (
    <Loaded query={query} isEmpty={(d) => d.todo + d.done === 0} empty={<Nothing text={t('review.no_queue')} />}>
      {(d) => (
        <div className="row-between">
          <span>{t('review.queue_counts', { todo: d.todo, done: d.done })}</span>
          <Link to="/assess/reviews/queue"><Button type={d.todo > 0 ? 'primary' : 'default'}>{t(d.todo > 0 ? 'review.go_on' : 'review.look_again')}</Button></Link>
        </div>
      )}
    </Loaded>
  )
}

function Ballots() {
  const query = useQuery({ queryKey: ['review-tickets'], queryFn: ({ signal }) => ok(client.GET('/review/tickets', { signal, params: { query: { limit: 50 } } })) })
  return (
    <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('review.no_ballots')} />}>
      {(d) => (
        <ul className="lines">
          {d.items.map((b) => (
            <li key={b.id}>
              <span className="grow"><Link to="/assess/ballots/$id" params={{ id: b.id }}>{b.poll_name}</Link> <span className="quiet">{b.caller_name}</span></span>
              <span className="when">{b.due_day}</span>
              <span className={b.at ? 'quiet' : 'red'}>{t(b.at ? 'review.given' : b.state === 'open' ? 'review.not_given' : 'review.poll.closed')}</span>
            </li>
          ))}
        </ul>
      )}
    </Loaded>
  )
}
