import { useQuery } from '@tanstack/react-query'
import { Button, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Session } from '@/api/types'
import { operatorHouse } from '@/features/factor/house'
import { Ways } from '@/features/factor/Ways'
import { browserOf } from '@/features/org/browser'
import { PasswordForm } from '@/features/org/PasswordForm'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'

/** An operator's own password and where they are signed in. */
export function Account() {
  const query = useQuery({ queryKey: ['console', 'sessions'], queryFn: ({ signal }) => ok(client.GET('/console/sessions', { signal })) })
  const end = useAction({
    run: (s: Session, act) => ok(client.DELETE('/console/sessions/{id}', { ...act(), params: { path: { id: s.id } } })),
    done: (_, s) => t('session.ended', { device: browserOf(s.user_agent) }),
    confirm: (s) => ({ title: t('session.end_ask', { device: browserOf(s.user_agent), ip: s.ip }), ok: t('session.end') }),
  })
  const columns: Col<Session>[] = [
    { key: 'device', title: t('session.device'), fixed: true, render: (s) => <>{browserOf(s.user_agent)} {s.current && <Tag color="processing">{t('session.current')}</Tag>}</> },
    { key: 'ip', title: t('session.ip'), render: (s) => <span className="mono">{s.ip}</span> },
    { key: 'created', title: t('session.since'), date: true, render: (s) => dateTime(s.created_at) },
    { key: 'seen', title: t('session.last_seen'), date: true, render: (s) => dateTime(s.last_seen) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (s) => s.current ? null : <Button size="small" loading={end.busy} onClick={() => { end.go(s) }}>{t('session.end')}</Button> },
  ]
  return (
    <Page help="console#account" name={t('console.account')}>
      <div className="stack-wide">
        <section className="panel">
          <h2>{t('person.sessions')}</h2>
          <DataTable id="operator-sessions" label={t('person.sessions')} query={query} columns={columns} rowKey={(s) => s.id} paged={false} />
        </section>
        <section aria-label={t('person.second')}><h2 className="section">{t('person.second')}</h2><Ways house={operatorHouse} /></section>
        <section className="panel" style={{ maxWidth: 480 }}>
          <h2>{t('person.password')}</h2>
          <p className="quiet">{t('console.password_hint')}</p>
          <PasswordForm send={(body, act) => ok(client.POST('/console/password', { ...act(), body }))} changed={() => undefined} />
        </section>
      </div>
    </Page>
  )
}
