import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Button, Checkbox, Descriptions, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Onboarding } from '@/api/types'
import { t, tOr } from '@/i18n'
import { dateTime } from '@/ui/format'
import { FormDialog, required } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { TemplateSelect } from './Lists'
import { Countdown, OnboardState } from './Onboardings'
import { AdminLink } from './Tenants'

type Open = 'accept' | 'decline' | 'live' | undefined
const OWN = ['structure', 'administrators']

/** A plan for a new unit: decided, prepared, made ready, put to work. */
export function OnboardingPage() {
  const { id = '' } = useParams({ strict: false })
  const [open, setOpen] = useState<Open>()
  const [link, setLink] = useState<string>()
  const query = useQuery({
    queryKey: ['console', 'onboarding', id],
    queryFn: ({ signal }) => ok(client.GET('/console/onboardings/{id}', { signal, params: { path: { id } } })),
  })
  const o = query.data
  const close = () => { setOpen(undefined) }
  return (
    <Page help="console#onboarding" name={t('onboard.plan')} title={o?.name} back extra={o && <Acts o={o} open={setOpen} />}>
      <Loaded query={query}>{(x) => (
        <div className="stack-wide">
          <Facts o={x} />
          {x.steps.length > 0 && <Steps o={x} />}
          {x.state === 'live' && <Told o={x} />}
          <Accept o={x} open={open === 'accept'} close={close} made={setLink} />
          <Decline o={x} open={open === 'decline'} close={close} />
          <Live o={x} open={open === 'live'} close={close} />
        </div>
      )}</Loaded>
      <AdminLink token={link} close={() => { setLink(undefined) }} />
    </Page>
  )
}

function Acts({ o, open }: { o: Onboarding; open: (which: Open) => void }) {
  const ready = useAction({
    run: (_: Onboarding, act) => ok(client.POST('/console/onboardings/{id}/ready', { ...act(), params: { path: { id: o.id } }, body: { version: o.version } })),
    done: (x) => t(x.late ? 'onboard.ready_late' : 'onboard.ready_done', { name: x.name }),
  })
  if (o.state === 'filed') return <><Button onClick={() => { open('decline') }}>{t('onboard.decline')}</Button><Button type="primary" onClick={() => { open('accept') }}>{t('onboard.accept')}</Button></>
  if (o.state === 'accepted') return <Button type="primary" loading={ready.busy} disabled={o.steps.some((s) => !OWN.includes(s.code) && !s.done_at)} onClick={() => { ready.go(o) }}>{t('onboard.make_ready')}</Button>
  if (o.state === 'ready') return <Button type="primary" disabled={o.steps.some((s) => !s.done_at)} onClick={() => { open('live') }}>{t('onboard.go_live')}</Button>
  return null
}

function Facts({ o }: { o: Onboarding }) {
  return (
    <section className="panel">
      <Descriptions size="small" column={{ xs: 1, md: 2, xl: 3 }} items={[
        { key: 'state', label: t('app.state'), children: <><OnboardState state={o.state} /> <Countdown o={o} /></> },
        { key: 'due', label: t('onboard.due'), children: o.provisional ? t('onboard.due_provisional', { day: o.due_on }) : o.due_on },
        { key: 'from', label: t('onboard.from'), children: `${o.from_name} ${o.filed_by}` },
        { key: 'filed', label: t('onboard.filed_at'), children: dateTime(o.filed_at) },
        { key: 'kind', label: t('console.kind'), children: t(`tenant.kind.${o.kind}`) },
        { key: 'slug', label: t('console.slug'), children: o.tenant_id ? <Link to="/console/tenants/$id" params={{ id: o.tenant_id }}>{o.slug}</Link> : o.slug },
        { key: 'people', label: t('onboard.people'), children: o.people },
        { key: 'head', label: t('onboard.head'), children: `${o.head_name} ${o.head_contact}` },
        { key: 'admin', label: t('console.first_admin'), children: `${o.admin_name} ${o.admin_login}` },
        { key: 'fitting', label: t('onboard.fitting_on'), children: o.fitting_on ?? t('onboard.none') },
        { key: 'cabling', label: t('onboard.cabling'), children: o.cabling || t('onboard.none') },
        { key: 'wanted', label: t('onboard.wanted_on'), children: o.wanted_on ?? t('onboard.none') },
        ...(o.note ? [{ key: 'note', label: t('onboard.note'), children: o.note }] : []),
        ...(o.decided_at ? [{ key: 'decided', label: t('onboard.decided'), children: `${o.decided_by} ${dateTime(o.decided_at)}` }] : []),
        ...(o.reason ? [{ key: 'reason', label: t('app.reason'), children: o.reason }] : []),
      ]} />
    </section>
  )
}

export const stepName = (s: { code: string; text: string }) => s.text || tOr(`onboard.step.${s.code}`, s.code)

function Steps({ o }: { o: Onboarding }) {
  const tick = useAction({
    run: (v: { code: string; done: boolean }, act) => ok(client.POST('/console/onboardings/{id}/step', { ...act(), params: { path: { id: o.id } }, body: { ...v, version: o.version } })),
  })
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('onboard.steps')}</h2></div>
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {o.steps.map((s) => {
          const fixed = OWN.includes(s.code) || s.code === 'environment' || o.state !== 'accepted'
          return (
            <li key={s.code} style={{ padding: '6px 0' }}>
              <Checkbox checked={Boolean(s.done_at)} disabled={fixed || tick.busy} onChange={(e) => { tick.go({ code: s.code, done: e.target.checked }) }}>{stepName(s)}</Checkbox>{' '}
              <span className="quiet">{s.done_at ? `${s.done_by} ${dateTime(s.done_at)}` : OWN.includes(s.code) ? t('onboard.by_unit') : ''}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Told({ o }: { o: Onboarding }) {
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('onboard.notice')}</h2></div>
      <Descriptions size="small" column={1} items={[
        { key: 'address', label: t('onboard.address'), children: o.notice.address }, { key: 'functions', label: t('onboard.functions'), children: o.notice.functions },
        { key: 'guide', label: t('onboard.guide'), children: o.notice.guide }, { key: 'contacts', label: t('onboard.contacts'), children: o.notice.contacts },
        { key: 'at', label: t('onboard.live_at'), children: dateTime(o.live_at) },
      ]} />
    </section>
  )
}

interface Accepting { slug: string; steps?: string[]; template_id?: string }

function Accept({ o, open, close, made }: { o: Onboarding; open: boolean; close: () => void; made: (token: string) => void }) {
  const [form] = Form.useForm<Accepting>()
  const accept = useAction({
    form,
    run: (v: Accepting, act) => ok(client.POST('/console/onboardings/{id}/accept', { ...act(), params: { path: { id: o.id } },
      body: { slug: v.slug, steps: v.steps ?? [], version: o.version, ...(v.template_id ? { template_id: v.template_id } : {}) } })),
    done: () => t('onboard.accepted', { name: o.name }),
    after: (r) => {
      close()
      made(r.link_token)
    },
  })
  return (
    <FormDialog title={t('onboard.accept_of', { name: o.name })} open={open} close={close} form={form} action={accept} ok={t('onboard.accept')} initial={{ slug: o.slug }}>
      <Form.Item name="slug" label={t('console.slug')} extra={t('console.slug_hint')} rules={[required(t('console.slug'))]}><Input maxLength={32} autoCapitalize="none" spellCheck={false} /></Form.Item>
      <Form.Item name="template_id" label={t('console.template')} extra={t('console.template_hint')}><TemplateSelect group={o.group_id} /></Form.Item>
      <Form.Item name="steps" label={t('onboard.own_steps')} extra={t('onboard.own_steps_hint')}><Select mode="tags" maxCount={9} open={false} suffixIcon={null} /></Form.Item>
    </FormDialog>
  )
}

function Decline({ o, open, close }: { o: Onboarding; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const decline = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/console/onboardings/{id}/decline', { ...act(), params: { path: { id: o.id } }, body: { reason: v.reason, version: o.version } })),
    done: () => t('onboard.declined', { name: o.name }), after: close,
  })
  return <ReasonDialog title={t('onboard.decline_of', { name: o.name })} open={open} close={close} form={form} action={decline} danger most={200} />
}

interface Notice { address: string; functions: string; guide: string; contacts: string }

function Live({ o, open, close }: { o: Onboarding; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Notice>()
  const live = useAction({
    form,
    run: (v: Notice, act) => ok(client.POST('/console/onboardings/{id}/live', { ...act(), params: { path: { id: o.id } }, body: { ...v, version: o.version } })),
    done: () => t('onboard.live_done', { name: o.name }), after: close,
  })
  const text = (name: keyof Notice, label: string) => <Form.Item name={name} label={label} rules={[required(label)]}><Input.TextArea autoSize maxLength={300} /></Form.Item>
  const origin = o.domain ? `https://${o.domain}` : window.location.origin
  return (
    <FormDialog title={t('onboard.live_of', { name: o.name })} open={open} close={close} form={form} action={live} ok={t('onboard.go_live')}
      initial={{ address: o.domain ? `${origin}/sign-in` : `${origin}/sign-in?t=${o.login_slug}`, guide: `${origin}/help` }}>
      {text('address', t('onboard.address'))}{text('functions', t('onboard.functions'))}{text('guide', t('onboard.guide'))}{text('contacts', t('onboard.contacts'))}
    </FormDialog>
  )
}
