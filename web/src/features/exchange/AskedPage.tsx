import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions, Form, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Asked } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { AnswerTag } from './AnswerTag'

/** What one unit above asks for, and the way to answer it. */
export function AskedPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [open, setOpen] = useState(false)
  const query = useQuery({ queryKey: ['asked-page', id], queryFn: ({ signal }) => ok(client.GET('/exchange/asked/{id}', { signal, params: { path: { id } } })) })
  const a = query.data
  const owing = a?.state === 'waiting' || a?.state === 'overdue'
  return (
    <Page help="reporting#asked" name={t('solicit.page')} title={a?.title ?? t('solicit.page')} width="narrow" back
      extra={owing && <Button type="primary" onClick={() => { setOpen(true) }}>{t('solicit.answer')}</Button>}>
      <Loaded query={query}>{(full) => <Paper a={full} />}</Loaded>
      {a && <Answer a={a} open={open} close={() => { setOpen(false) }} />}
    </Page>
  )
}

function Paper({ a }: { a: Asked }) {
  return (
    <section className="panel">
      {a.state === 'withdrawn' && <Alert type="warning" showIcon className="gap-below" title={t('solicit.withdrawn_by', { name: a.peer.name })} description={a.reason} />}
      {a.state === 'overdue' && <Alert type="error" showIcon className="gap-below" title={t('solicit.overdue_hint')} />}
      {a.text && <p style={{ whiteSpace: 'pre-wrap' }}>{a.text}</p>}
      <Descriptions column={1} size="small" items={[
        { key: 'state', label: t('app.state'), children: <AnswerTag state={a.state} /> },
        { key: 'from', label: t('solicit.from'), children: a.peer.name },
        { key: 'due', label: t('solicit.due'), children: dateTime(a.due_at) },
        ...(a.kind ? [{ key: 'kind', label: t('item.kind'), children: a.kind }] : []),
        { key: 'sent', label: t('solicit.sent_at'), children: dateTime(a.sent_at) },
        ...(a.urges > 0 ? [{ key: 'urges', label: t('solicit.urges'), children: a.urges }] : []),
        ...(a.envelope_id ? [{ key: 'report', label: t('solicit.report'), children: (
          <Link to="/exchange/envelopes/$id" params={{ id: a.envelope_id }}>{t('solicit.answered', { at: dateTime(a.answered_at) })}</Link>
        ) }] : []),
      ]} />
    </section>
  )
}

interface Values { item_id: string }

function Answer({ a, open, close }: { a: Asked; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const [q, setQ] = useState('')
  const items = useQuery({
    queryKey: ['items', 'to-answer', q], enabled: open,
    queryFn: ({ signal }) => ok(client.GET('/publish/items', { signal, params: { query: { view: 'reading', limit: 50, ...(q ? { q } : {}) } } })),
  })
  const send = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/exchange/reports', { ...act(), body: { item_id: v.item_id, asked_id: a.id } })),
    done: (e) => t('exchange.reported', { to: e.peer.name }),
    after: (e) => {
      close()
      void navigate({ to: '/exchange/envelopes/$id', params: { id: e.id } })
    },
  })
  return (
    <FormDialog title={t('solicit.answer_title', { title: a.title })} open={open} close={close} form={form} action={send} ok={t('exchange.report')}>
      <Form.Item name="item_id" label={t('solicit.item')} rules={[chosen(t('solicit.item'))]} extra={t('solicit.item_hint')}>
        <Select showSearch={{ filterOption: false, onSearch: setQ }} loading={items.isFetching} placeholder={t('solicit.item_ph')}
          options={(items.data?.items ?? []).map((i) => ({ value: i.id, label: t('exchange.option', { name: i.title, note: i.column_name }) }))} />
      </Form.Item>
    </FormDialog>
  )
}
