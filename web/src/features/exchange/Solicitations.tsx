import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, Form, Input, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Solicitation } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { MomentInput } from '@/ui/DayInput'
import { dateTime } from '@/ui/format'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { type Audience, AudienceFields, audienceOf } from './Below'

// What is open but past its time is said to be so.
function SolicitationTag({ s }: { s: Solicitation }) {
  const [now] = useState(() => Date.now())
  const state = s.state === 'open' && Date.parse(s.due_at) < now ? 'over' : s.state
  return <Tag color={state === 'open' ? 'processing' : 'default'}>{t(`solicit.state.${state}`)}</Tag>
}

const COLUMNS: () => Col<Solicitation>[] = () => [
  { key: 'title', title: t('solicit.topic'), sort: 'title', fixed: true, render: (s) => <Link className="title" to="/exchange/solicitations/$id" params={{ id: s.id }}>{s.title}</Link> },
  { key: 'state', title: t('app.state'), sort: 'state', render: (s) => <SolicitationTag s={s} /> },
  { key: 'due', title: t('solicit.due'), sort: '-due_at', date: true, render: (s) => dateTime(s.due_at) },
  { key: 'units', title: t('solicit.units'), align: 'right', render: (s) => s.units },
  { key: 'on_time', title: t('solicit.on_time'), align: 'right', render: (s) => s.on_time },
  { key: 'late', title: t('solicit.late'), align: 'right', render: (s) => s.late },
  { key: 'waiting', title: t('solicit.waiting'), align: 'right', render: (s) => s.waiting },
  { key: 'kind', title: t('item.kind'), extra: true, render: (s) => s.kind },
  { key: 'sent', title: t('solicit.sent_at'), sort: '-sent_at', date: true, render: (s) => dateTime(s.sent_at) },
]

/** What was asked of the units below, and how far the answers are. */
export function Solicitations() {
  const [search, set] = useAddress()
  const [asking, setAsking] = useState(false)
  const asked = { ...sortedPageOf<'/exchange/solicitations'>(search), ...(search.state ? { state: search.state } : {}), ...(search.q ? { q: search.q } : {}) }
  const query = useQuery({
    queryKey: ['solicitations', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/solicitations', { signal, params: { query: asked } })),
  })
  return (
    <Page help="soliciting" name={t('nav.solicitations')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setAsking(true) }}>{t('solicit.new')}</Button>}>
      <section className="panel">
        <div className="filters">
          <Segmented value={search.state ?? ''} onChange={(state) => { set({ state, after: undefined }) }}
            options={[{ value: '', label: t('app.all') }, ...(['open', 'withdrawn'] as const).map((s) => ({ value: s as string, label: t(`solicit.state.${s}`) }))]} />
          <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('solicit.search')} aria-label={t('solicit.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        </div>
        <DataTable id="solicitations" label={t('nav.solicitations')} query={query} columns={COLUMNS()} rowKey={(s) => s.id} empty={<Nothing text={t('solicit.empty')} />}
          exportHref={exportHref('/exchange/solicitations', asked, currentLocale())} />
      </section>
      <Ask open={asking} close={() => { setAsking(false) }} />
    </Page>
  )
}

interface Values extends Audience { title: string; text?: string; kind?: string; due: string }

function Ask({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const ask = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/exchange/solicitations', { ...act(), body: {
      title: v.title, due_at: v.due, ...(v.text ? { text: v.text } : {}), ...(v.kind ? { kind: v.kind } : {}), ...audienceOf(v),
    } })),
    done: (s) => t('solicit.asked', { n: s.units }),
    after: (s) => {
      close()
      void navigate({ to: '/exchange/solicitations/$id', params: { id: s.id } })
    },
  })
  return (
    <FormDialog title={t('solicit.new')} open={open} close={close} form={form} action={ask} ok={t('solicit.send')} width={640}>
      <Form.Item name="title" label={t('solicit.topic')} rules={[required(t('solicit.topic'))]}><Input maxLength={120} showCount autoFocus /></Form.Item>
      <Form.Item name="text" label={t('solicit.text')}><Input.TextArea rows={4} maxLength={4000} placeholder={t('solicit.text_ph')} /></Form.Item>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <Form.Item name="due" label={t('solicit.due')} rules={[chosen(t('solicit.due'))]} extra={t('solicit.due_hint')}>
          <MomentInput />
        </Form.Item>
        <Form.Item name="kind" label={t('item.kind')}><Input maxLength={40} placeholder={t('solicit.kind_ph')} /></Form.Item>
      </div>
      <AudienceFields label={t('solicit.to')} />
    </FormDialog>
  )
}
