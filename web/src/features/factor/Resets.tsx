import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Select, Tabs, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { ApiToken, FactorReset } from '@/api/types'
import { useCan } from '@/app/session'
import { FactorConsents } from '@/features/org/Consents'
import { columnsOf } from '@/features/token/Tokens'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Nothing } from '@/ui/Loaded'
import { dateTime } from '@/ui/format'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Page } from '@/ui/Page'
import { PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

/** Where administrators help those who have lost their second factor, and see every token. */
export function Resets() {
  const can = useCan()
  const tabs = [
    ...(can('factor.help') ? [{ key: 'resets', label: t('factor.resets'), children: <Wishes /> }, { key: 'consents', label: t('consent.tab'), children: <section className="panel"><FactorConsents /></section> }] : []),
    ...(can('token.manage') ? [{ key: 'tokens', label: t('token.all'), children: <AllTokens /> }] : []),
  ]
  return <Page help="members#second" name={t('nav.second')}><Tabs items={tabs} destroyOnHidden /></Page>
}

function Wishes() {
  const query = useQuery({ queryKey: ['factor', 'resets'], queryFn: ({ signal }) => ok(client.GET('/factor/resets', { signal })) })
  const [open, setOpen] = useState(false)
  const path = (r: FactorReset) => ({ params: { path: { id: r.id } } })
  const confirm = useAction({
    run: (r: FactorReset, act) => ok(client.POST('/factor/resets/{id}/confirm', { ...act(), ...path(r) })),
    done: (_, r) => t('factor.reset_confirmed', { name: r.name }),
    confirm: (r) => ({ title: t('factor.reset_confirm_ask', { name: r.name }), content: t('factor.reset_confirm_hint'), ok: t('factor.reset_confirm'), danger: true }),
  })
  const refuse = useAction({
    run: (r: FactorReset, act) => ok(client.POST('/factor/resets/{id}/refuse', { ...act(), ...path(r) })),
    done: () => t('factor.reset_refused'),
  })
  const columns: Col<FactorReset>[] = [
    { key: 'who', title: t('factor.reset_who'), fixed: true, render: (r) => <>{r.name} <span className="quiet mono">{r.login}</span></> },
    { key: 'reason', title: t('factor.reset_reason'), render: (r) => r.reason },
    { key: 'asked', title: t('factor.reset_asked'), render: (r) => `${r.asked_by} ${dateTime(r.asked_at)}` },
    { key: 'decided', title: t('factor.reset_decided'), render: (r) => r.decided_at ? `${r.decided_by} ${dateTime(r.decided_at)}` : '' },
    { key: 'state', title: t('factor.reset_state'), fixed: true, align: 'right', render: (r) => r.state === 'open'
      ? <span className="row">
        {r.may_confirm ? <Button size="small" type="primary" loading={confirm.busy} onClick={() => { confirm.go(r) }}>{t('factor.reset_confirm')}</Button> : <Tag color="processing">{r.units !== null && r.given !== r.units ? t('consent.progress', { units: r.units, given: r.given ?? 0 }) : t('factor.reset_waits')}</Tag>}
        {(r.closed ?? 0) > 0 && <span className="quiet">{t('consent.closed', { closed: r.closed ?? 0 })}</span>}
        <Button size="small" loading={refuse.busy} onClick={() => { refuse.go(r) }}>{t(r.may_confirm ? 'factor.reset_refuse' : 'factor.reset_withdraw')}</Button>
      </span>
      : <><Tag>{t(`factor.reset_state.${r.state}`)}</Tag>{r.over && <span className="quiet">{t('consent.not_given', { reason: r.over })}</span>}</> },
  ]
  return (
    <section className="panel">
      <div className="panel-head"><span className="quiet">{t('factor.resets_about')}</span><Button icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('factor.reset_ask')}</Button></div>
      <DataTable id="factor-resets" label={t('factor.resets')} query={query} columns={columns} rowKey={(r) => r.id} paged={false} empty={<Nothing text={t('factor.resets_none')} />} />
      <AskReset open={open} close={() => { setOpen(false) }} />
    </section>
  )
}

interface Values { member_id: string; reason: string }

function AskReset({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const ask = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/factor/resets', { ...act(), body: v })),
    done: (r) => t('factor.reset_is_asked', { name: r.name }),
    after: close,
  })
  return (
    <FormDialog title={t('factor.reset_ask')} open={open} close={close} form={form} action={ask} ok={t('factor.reset_ask')}>
      <p className="quiet">{t('factor.reset_hint')}</p>
      <Form.Item name="member_id" label={t('factor.reset_who')} rules={[chosen(t('factor.reset_who'))]}><PersonSelect /></Form.Item>
      <Form.Item name="reason" label={t('factor.reset_reason')} rules={[required(t('factor.reset_reason'))]}><Input.TextArea maxLength={200} showCount autoSize={{ minRows: 2 }} /></Form.Item>
    </FormDialog>
  )
}

function AllTokens() {
  const query = useQuery({ queryKey: ['tokens', 'all'], queryFn: ({ signal }) => ok(client.GET('/token/tokens', { signal })) })
  const [state, setState] = useState<'alive' | 'all'>('alive')
  const end = useAction({
    run: (k: ApiToken, act) => ok(client.DELETE('/token/tokens/{id}', { ...act(), params: { path: { id: k.id } } })),
    done: (_, k) => t('token.ended', { name: k.name }),
    confirm: (k) => ({ title: t('token.end_ask', { name: k.name }), content: t('token.end_hint'), ok: t('token.end'), danger: true }),
  })
  const shown = { ...query, data: query.data && { ...query.data, items: query.data.items.filter((k) => state === 'all' || k.alive) } } as typeof query
  const columns: Col<ApiToken>[] = [{ key: 'person', title: t('token.person'), fixed: true, render: (k) => k.person }, ...columnsOf(end)]
  return (
    <section className="panel">
      <div className="panel-head"><span className="quiet">{t('token.all_about')}</span>
        <Select value={state} onChange={setState} aria-label={t('token.state')} options={[{ value: 'alive', label: t('token.alive') }, { value: 'all', label: t('token.with_ended') }]} />
      </div>
      <DataTable id="all-tokens" label={t('token.all')} query={shown} columns={columns} rowKey={(k) => k.id} paged={false} empty={<Nothing text={t('token.none')} />} />
    </section>
  )
}
