import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Form, Input, InputNumber, Modal, Segmented, Table, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { problemText } from '@/api/problem'
import type { GlassAsked } from '@/api/types'
import { actionText, objectText } from '@/features/audit/words'
import { kindText } from '@/features/progress/words'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { FormDialog, required } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

export const GLASS_TONE = { asked: 'default', seconded: 'warning', open: 'error', refused: 'default', ended: 'default' } as const

/** Requests to look into a tenant in an emergency. */
export function Glass() {
  const [search] = useAddress()
  const [looking, setLooking] = useState<GlassAsked>()
  const query = useQuery({
    queryKey: ['console', 'glass', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/glass', { signal, params: { query: { ...sortedPageOf<'/console/glass'>(search), ...(search.tenant ? { tenant: search.tenant } : {}) } } })),
  })
  return (
    <Page help="console#glass" name={t('glass.console')}>
      <section className="panel">
        <Alert type="info" className="gap-below" title={t('glass.console_hint')} />
        <DataTable id="glass" label={t('glass.console')} query={query} columns={columns(setLooking)} rowKey={(x) => x.id} empty={<Nothing text={t('glass.empty')}><Link to="/console">{t('console.tenants')}</Link></Nothing>} />
      </section>
      {looking && <Look request={looking} close={() => { setLooking(undefined) }} />}
    </Page>
  )
}

const columns = (look: (r: GlassAsked) => void): Col<GlassAsked>[] => [
  { key: 'tenant', title: t('console.tenants'), fixed: true, render: (x) => <Link to="/console/tenants/$id" params={{ id: x.tenant_id }}>{x.tenant_name}</Link> },
  { key: 'state', title: t('app.state'), render: (x) => <Tag color={GLASS_TONE[x.state]}>{t(`glass.state.${x.state}`)}</Tag> },
  { key: 'reason', title: t('app.reason'), render: (x) => x.reason },
  { key: 'minutes', title: t('glass.minutes'), align: 'right', render: (x) => x.minutes },
  { key: 'who', title: t('glass.operators'), render: (x) => [x.asked_by, x.seconded_by].filter(Boolean).join(' / ') },
  { key: 'answered', title: t('glass.answered'), render: (x) => x.answered_by },
  { key: 'until', title: t('glass.until'), date: true, render: (x) => dateTime(x.until) },
  { key: 'looks', title: t('glass.looks'), align: 'right', render: (x) => x.looks },
  { key: 'at', title: t('glass.asked_at'), date: true, sort: '-asked_at', render: (x) => dateTime(x.asked_at) },
  { key: 'actions', title: '', fixed: true, align: 'right', render: (x) => <Acts r={x} look={look} /> },
]

function Acts({ r, look }: { r: GlassAsked; look: (r: GlassAsked) => void }) {
  const path = { params: { path: { id: r.id } }, body: { version: r.version } }
  const second = useAction({
    confirm: () => ({ title: t('glass.second_ask', { name: r.tenant_name }), content: r.reason, ok: t('glass.second') }),
    run: (_: GlassAsked, act) => ok(client.POST('/console/glass/{id}/second', { ...act(), ...path })),
    done: () => t('glass.seconded'),
  })
  const end = useAction({
    confirm: () => ({ title: t('glass.end_ask', { name: r.tenant_name }), ok: t('glass.end') }),
    run: (_: GlassAsked, act) => ok(client.POST('/console/glass/{id}/end', { ...act(), ...path })),
    done: () => t('glass.ended'),
  })
  return (
    <>
      {r.state === 'asked' && !r.first && <Button size="small" type="primary" loading={second.busy} onClick={() => { second.go(r) }}>{t('glass.second')}</Button>}
      {r.state === 'open' && r.mine && <Button size="small" type="primary" onClick={() => { look(r) }}>{t('glass.look')}</Button>}
      {r.mine && ['asked', 'seconded', 'open'].includes(r.state) && <Button size="small" loading={end.busy} onClick={() => { end.go(r) }}>{t('glass.end')}</Button>}
    </>
  )
}

const VIEWS = ['members', 'audit', 'works'] as const

function Look({ request, close }: { request: GlassAsked; close: () => void }) {
  const [view, setView] = useState<(typeof VIEWS)[number]>('members')
  const query = useQuery({
    queryKey: ['console', 'glass-look', request.id, view], staleTime: Infinity, refetchOnWindowFocus: false, retry: false,
    queryFn: ({ signal }) => ok(client.GET(`/console/glass/{id}/${view}`, { signal, params: { path: { id: request.id } } })),
  })
  return (
    <Modal open title={t('glass.look_of', { name: request.tenant_name })} onCancel={close} footer={null} width={900} destroyOnHidden>
      <Alert type="warning" showIcon className="gap-below" title={t('glass.look_hint', { until: dateTime(request.until) })} />
      <Segmented value={view} onChange={setView} options={VIEWS.map((v) => ({ value: v, label: t(`glass.view.${v}`) }))} aria-label={t('glass.look')} />
      <Loaded query={query}>{(s) => (
        <div className="table-scroll" role="region" aria-label={t(`glass.view.${view}`)} tabIndex={0}>
          <Table size="small" pagination={{ pageSize: 10, hideOnSinglePage: true, showSizeChanger: false }} rowKey={(r) => s.rows.indexOf(r)} dataSource={s.rows}
            columns={s.columns.map((c) => ({ key: c, title: tOr(`glass.column.${c}`, c), render: (_: unknown, r: Record<string, string>) => inWords(view, c, r[c] ?? '') }))} />
        </div>
      )}</Loaded>
    </Modal>
  )
}

// What an operator is shown, as the unit's own pages call it.
function inWords(view: (typeof VIEWS)[number], column: string, text: string): string {
  switch (column) {
    case 'action': return actionText(text)
    case 'object': return objectText({ object: text, detail: {} })
    case 'actor': return text === 'system' ? t('audit.system') : text
    case 'kind': return kindText({ kind: text })
    case 'code': return text && problemText({ status: 409, code: text })
    case 'state': return tOr(view === 'members' ? `member.state.${text}` : `work.state.${text}`, text)
    default: return text
  }
}

interface Question { reason: string; minutes: number }

/** Asks to look into one tenant. */
export function AskGlass({ tenant, open, close }: { tenant: { id: string; name: string }; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Question>()
  const ask = useAction({
    form,
    run: (v: Question, act) => ok(client.POST('/console/glass', { ...act(), body: { ...v, tenant_id: tenant.id } })),
    done: () => t('glass.asked'), after: close,
  })
  return (
    <FormDialog title={t('glass.ask_of', { name: tenant.name })} open={open} close={close} form={form} action={ask} ok={t('glass.ask')} initial={{ minutes: 30 }}>
      <Alert type="warning" showIcon className="gap-below" title={t('glass.ask_hint')} />
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={3} maxLength={300} showCount /></Form.Item>
      <Form.Item name="minutes" label={t('glass.minutes')}><InputNumber min={1} max={60} precision={0} style={{ width: '100%' }} /></Form.Item>
    </FormDialog>
  )
}
