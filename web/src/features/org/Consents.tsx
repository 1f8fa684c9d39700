import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Radio, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Consent, ConsentAnswer, Sought } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'

/** How far the consent of an account's other units is (R249): how many they are, never which. */
export function SoughtState({ of }: { of: Pick<Sought, 'state' | 'why' | 'reason' | 'units' | 'given' | 'closed'> }) {
  switch (of.state) {
    case 'open':
      return (
        <>
          <Tag color="processing">{t('consent.progress', of)}</Tag>
          {of.closed > 0 && <span className="quiet">{t('consent.closed', of)}</span>}
        </>
      )
    case 'ready':
      return <Tag color="success">{t('consent.ready')}</Tag>
    case 'refused':
      return <span className="quiet">{t('consent.not_given', of)}</span>
    default:
      return <span className="quiet">{t(`consent.why.${of.why || 'expired'}`)}</span>
  }
}

/** Another password for somebody of several units: what other units wait for this one to consent to. */
export function PasswordConsents() {
  const query = useQuery({ queryKey: ['org', 'consents'], queryFn: ({ signal }) => ok(client.GET('/org/consents', { signal })) })
  const give = useGive((c, v, act) => ok(client.POST('/org/consents/{id}/give', { ...act(), ...at(c), body: v })))
  const refuse = useRefuse((c, v, act) => ok(client.POST('/org/consents/{id}/refuse', { ...act(), ...at(c), body: v })))
  return <Asked id="password-consents" about={t('consent.about')} query={query} give={give} refuse={refuse} />
}

/** The same for a lost second factor. */
export function FactorConsents() {
  const query = useQuery({ queryKey: ['factor', 'consents'], queryFn: ({ signal }) => ok(client.GET('/factor/consents', { signal })) })
  const give = useGive((c, v, act) => ok(client.POST('/factor/consents/{id}/give', { ...act(), ...at(c), body: v })))
  const refuse = useRefuse((c, v, act) => ok(client.POST('/factor/consents/{id}/refuse', { ...act(), ...at(c), body: v })))
  return <Asked id="factor-consents" about={t('consent.about_second')} query={query} give={give} refuse={refuse} />
}

const at = (c: Consent) => ({ params: { path: { id: c.id } } })

type Act = Parameters<Parameters<typeof useAction>[0]['run']>[1]

// One answer under way: about whom, and the form it is written in.
function useGive(run: (c: Consent, v: ConsentAnswer, act: Act) => Promise<unknown>) {
  const [form] = Form.useForm<ConsentAnswer>()
  const [of, ask] = useState<Consent>()
  const action = useAction({
    form,
    run: (v: ConsentAnswer, act) => of ? run(of, v, act) : Promise.resolve(),
    done: () => t('consent.given'),
    after: () => { ask(undefined) },
  })
  return { form, of, ask, action }
}

function useRefuse(run: (c: Consent, v: Reason, act: Act) => Promise<unknown>) {
  const [form] = Form.useForm<Reason>()
  const [of, ask] = useState<Consent>()
  const action = useAction({
    form,
    run: (v: Reason, act) => of ? run(of, v, act) : Promise.resolve(),
    done: () => t('consent.refused'),
    after: () => { ask(undefined) },
  })
  return { form, of, ask, action }
}

function Asked({ id, about, query, give, refuse }: {
  id: string; about: string; query: UseQueryResult<{ items: Consent[]; next: string }>; give: ReturnType<typeof useGive>; refuse: ReturnType<typeof useRefuse>
}) {
  const columns: Col<Consent>[] = [
    { key: 'who', title: t('org.name'), fixed: true, render: (c) => <>{c.name} <span className="mono quiet">{c.login}</span></> },
    { key: 'where', title: t('member.department'), render: (c) => c.department },
    { key: 'unit', title: t('consent.unit'), render: (c) => <>{c.unit} <span className="quiet">{dateTime(c.asked_at)}</span></> },
    { key: 'asked', title: t('consent.asked'), render: (c) => <>{c.how && t(`account.how.${c.how}`)} <span className="quiet">{c.note}</span></> },
    { key: 'until', title: t('consent.until'), render: (c) => dateTime(c.until) },
    { key: 'answer', title: t('consent.answer'), fixed: true, align: 'right', render: (c) => c.may_answer
      ? <span className="row">
        <Button size="small" type="primary" onClick={() => { give.ask(c) }}>{t('consent.give')}</Button>
        <Button size="small" danger onClick={() => { refuse.ask(c) }}>{t('consent.refuse')}</Button>
      </span>
      : <Said of={c} /> },
  ]
  return (
    <>
      <p className="quiet">{about}</p>
      <DataTable id={id} label={t('consent.tab')} query={query} columns={columns} rowKey={(c) => c.id} paged={false} empty={<Nothing text={t('consent.none')} />} />
      <FormDialog title={t('consent.give_ask', { name: give.of?.name ?? '' })} open={give.of !== undefined} close={() => { give.ask(undefined) }} form={give.form} action={give.action} ok={t('consent.give')} initial={{ how: 'person' }}>
        <p className="quiet">{t('consent.give_hint')}</p>
        <Form.Item name="how" label={t('consent.how')}><Radio.Group options={(['person', 'phone', 'written'] as const).map((value) => ({ value, label: t(`account.how.${value}`) }))} /></Form.Item>
        <Form.Item name="note" label={t('account.note')} rules={[required(t('account.note'))]}><Input maxLength={200} placeholder={t('account.note_ph')} /></Form.Item>
      </FormDialog>
      <ReasonDialog title={t('consent.refuse_ask', { name: refuse.of?.name ?? '' })} open={refuse.of !== undefined} close={() => { refuse.ask(undefined) }} form={refuse.form} action={refuse.action} danger most={200} />
    </>
  )
}

function Said({ of }: { of: Consent }) {
  if (of.state === 'open') {
    return <Tag>{t('consent.other')}</Tag>
  }
  return <><Tag>{t(`consent.state.${of.state}`)}</Tag> <span className="quiet">{of.decided_by} {of.answer_note}</span></>
}
