import { useQuery } from '@tanstack/react-query'
import { Button, Form, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Session } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { browserOf } from './browser'

/** Where one is signed in, and how to end it there. */
export function Sessions() {
  const query = useQuery({ queryKey: ['sessions'], queryFn: ({ signal }) => ok(client.GET('/org/sessions', { signal })) })
  const end = useAction({
    run: (s: Session, act) => ok(client.DELETE('/org/sessions/{id}', { ...act(), params: { path: { id: s.id } } })),
    done: (_, s) => t('session.ended', { device: browserOf(s.user_agent) }),
    confirm: (s) => ({ title: t('session.end_ask', { device: browserOf(s.user_agent), ip: s.ip }), ok: t('session.end') }),
  })
  const columns: Col<Session>[] = [
    { key: 'device', title: t('session.device'), fixed: true, render: (s) => <>{browserOf(s.user_agent)} {s.current && <Tag color="processing">{t('session.current')}</Tag>}</> },
    { key: 'ip', title: t('session.ip'), render: (s) => <span className="mono">{s.ip}</span> },
    { key: 'created', title: t('session.since'), render: (s) => dateTime(s.created_at) },
    { key: 'seen', title: t('session.last_seen'), render: (s) => dateTime(s.last_seen) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (s) => s.current ? null : <Button size="small" loading={end.busy} onClick={() => { end.go(s) }}>{t('session.end')}</Button> },
  ]
  return (
    <Page help="sign-in#devices" name={t('person.sessions')} back extra={<Stolen />}>
      <section className="panel">
        <DataTable id="sessions" label={t('person.sessions')} query={query} columns={columns} rowKey={(s) => s.id} paged={false} />
      </section>
    </Page>
  )
}

// Somebody who fears for their account stops everything at once (R246).
function Stolen() {
  const [form] = Form.useForm<Reason>()
  const [asking, setAsking] = useState(false)
  const report = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/org/stolen', { ...act(), body: { note: v.reason } })),
    after: () => { window.location.assign('/sign-in') },
  })
  return (
    <>
      <Button danger onClick={() => { setAsking(true) }}>{t('session.stolen')}</Button>
      <ReasonDialog title={t('session.stolen_ask')} open={asking} close={() => { setAsking(false) }} form={form} action={report} danger />
    </>
  )
}
