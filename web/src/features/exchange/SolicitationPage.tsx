import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions, Form, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Solicited, SolicitationPage as Full } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { AnswerTag } from './AnswerTag'

/** One solicitation: what was asked, and each unit's answer. */
export function SolicitationPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({
    queryKey: ['solicitation', id],
    queryFn: ({ signal }) => ok(client.GET('/exchange/solicitations/{id}', { signal, params: { path: { id } } })),
  })
  const s = query.data
  return (
    <Page help="soliciting#page" name={t('solicit.page')} title={s?.title ?? t('solicit.page')} back extra={s && <Actions s={s} />}>
      <Loaded query={query}>
        {(full) => (
          <div className="two">
            <section className="panel">
              <h2>{t('solicit.answers')}</h2>
              <DataTable id="solicited" label={t('solicit.answers')} columns={COLUMNS()} rowKey={(a) => a.unit.id} paged={false}
                query={{ ...query, data: { items: full.answers } } as never} />
            </section>
            <Facts s={full} />
          </div>
        )}
      </Loaded>
    </Page>
  )
}

const COLUMNS: () => Col<Solicited>[] = () => [
  { key: 'unit', title: t('app.unit'), fixed: true, render: (a) => a.unit.name },
  { key: 'state', title: t('app.state'), render: (a) => <AnswerTag state={a.state} /> },
  { key: 'report', title: t('solicit.report'), render: (a) => (a.envelope_id ? <Link to="/exchange/envelopes/$id" params={{ id: a.envelope_id }}>{a.title}</Link> : '') },
  { key: 'at', title: t('solicit.answered_at'), date: true, render: (a) => dateTime(a.answered_at) },
]

function Facts({ s }: { s: Full }) {
  return (
    <section className="panel">
      {s.state === 'withdrawn' && <Alert type="warning" showIcon className="gap-below" title={t('solicit.state.withdrawn')} description={s.reason} />}
      <h2>{t('solicit.what')}</h2>
      {s.text && <p style={{ whiteSpace: 'pre-wrap' }}>{s.text}</p>}
      <Descriptions column={1} size="small" items={[
        { key: 'due', label: t('solicit.due'), children: dateTime(s.due_at) },
        ...(s.kind ? [{ key: 'kind', label: t('item.kind'), children: s.kind }] : []),
        { key: 'sent', label: t('solicit.sent_at'), children: dateTime(s.sent_at) },
        { key: 'by', label: t('solicit.by'), children: s.by },
        { key: 'count', label: t('solicit.progress'), children: (
          <span className="row">
            <Tag color="success">{t('solicit.n_on_time', { n: s.on_time })}</Tag><Tag color="warning">{t('solicit.n_late', { n: s.late })}</Tag><Tag>{t('solicit.n_waiting', { n: s.waiting })}</Tag>
          </span>
        ) },
        ...(s.reminder_at ? [{ key: 'remind', label: t('solicit.reminder'), children: dateTime(s.reminder_at) }] : []),
        ...(s.urges > 0 ? [{ key: 'urges', label: t('solicit.urges'), children: t('solicit.urged_n', { n: s.urges, at: dateTime(s.urged_at) }) }] : []),
      ]} />
    </section>
  )
}

function Actions({ s }: { s: Full }) {
  const [form] = Form.useForm<Reason>()
  const [open, setOpen] = useState(false)
  const close = () => { setOpen(false) }
  const params = { path: { id: s.id } }
  const urge = useAction({
    run: (_: null, act) => ok(client.POST('/exchange/solicitations/{id}/urge', { ...act(), params })),
    done: (p) => t('solicit.urged', { n: p.waiting }),
  })
  const withdraw = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/exchange/solicitations/{id}/withdraw', { ...act(), params, body: { reason: v.reason, version: s.version } })),
    done: () => t('solicit.withdrawn', { title: s.title }),
    after: close,
  })
  return (
    <>
      {s.may.includes('urge') && <Button type="primary" loading={urge.busy} onClick={() => { urge.go(null) }}>{t('solicit.urge')}</Button>}
      {s.may.includes('withdraw') && <Button danger onClick={() => { setOpen(true) }}>{t('solicit.withdraw')}</Button>}
      <ReasonDialog title={t('solicit.withdraw_ask', { title: s.title })} open={open} close={close} form={form} action={withdraw} danger />
    </>
  )
}
