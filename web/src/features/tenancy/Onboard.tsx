import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Alert, Button, Descriptions, Form, Input, InputNumber, Select, Steps } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { OnboardMine, OnboardPlan, OnboardPlanDraft } from '@/api/types'
import { useCan } from '@/app/session'
import { OnboardState } from '@/features/console/Onboardings'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { PersonSelect } from '@/ui/pickers'
import { sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

const stepName = (s: { code: string; text: string }) => s.text || tOr(`onboard.step.${s.code}`, s.code)

/** Plans this unit filed for new ones, and how far it has come in itself. */
export function Onboard() {
  const can = useCan()
  const [filing, setFiling] = useState(false)
  return (
    <Page help="tenancy#onboard" name={t('onboard.title')} extra={can('onboard.file') && <Button type="primary" onClick={() => { setFiling(true) }}>{t('onboard.file')}</Button>}>
      <div className="stack-wide">
        {can('onboard.own') && <Mine />}
        {can('onboard.file') && <Filed />}
      </div>
      <File open={filing} close={() => { setFiling(false) }} />
    </Page>
  )
}

function Filed() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['onboard', 'plans', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/onboard/applications', { signal, params: { query: sortedPageOf<'/onboard/applications'>(search) } })),
  })
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('onboard.filed')}</h2></div>
      <DataTable id="onboard-plans" label={t('onboard.filed')} query={query} columns={COLUMNS()} rowKey={(x) => x.id} empty={<Nothing text={t('onboard.filed_empty')} />} />
    </section>
  )
}

const COLUMNS = (): Col<OnboardPlan>[] => [
  { key: 'name', title: t('onboard.unit'), fixed: true, sort: 'name', render: (x) => x.name },
  { key: 'state', title: t('app.state'), render: (x) => <><OnboardState state={x.state} />{x.reason && <span className="quiet"> {x.reason}</span>}</> },
  { key: 'due', title: t('onboard.due'), date: true, render: (x) => x.due_on },
  { key: 'steps', title: t('onboard.steps'), render: (x) => x.steps.length > 0 ? t('onboard.steps_done', { n: x.steps.filter((s) => s.done_at).length, of: x.steps.length }) : '' },
  { key: 'people', title: t('onboard.people'), align: 'right', render: (x) => x.people },
  { key: 'by', title: t('onboard.filed_by'), render: (x) => x.filed_by },
  { key: 'filed', title: t('onboard.filed_at'), date: true, sort: '-filed_at', render: (x) => dateTime(x.filed_at) },
  { key: 'actions', title: '', fixed: true, align: 'right', render: (x) => <Withdraw plan={x} /> },
]

function Withdraw({ plan }: { plan: OnboardPlan }) {
  const withdraw = useAction({
    confirm: () => ({ title: t('onboard.withdraw_ask', { name: plan.name }) }),
    run: (_: OnboardPlan, act) => ok(client.POST('/onboard/applications/{id}/withdraw', { ...act(), params: { path: { id: plan.id } }, body: { version: plan.version } })),
    done: () => t('onboard.withdrawn', { name: plan.name }),
  })
  return plan.state === 'filed' ? <Button size="small" loading={withdraw.busy} onClick={() => { withdraw.go(plan) }}>{t('onboard.withdraw')}</Button> : null
}

function File({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<OnboardPlanDraft>()
  const file = useAction({
    form,
    run: (v: OnboardPlanDraft, act) => ok(client.POST('/onboard/applications', { ...act(), body: Object.fromEntries(Object.entries(v).filter(([, x]) => x !== undefined)) as OnboardPlanDraft })),
    done: (x) => t('onboard.filed_done', { name: x.name, day: x.due_on }), after: close,
  })
  const text = (name: keyof OnboardPlanDraft, label: string, max: number, hint?: string) => <Form.Item name={name} label={label} extra={hint} rules={[required(label)]}><Input maxLength={max} autoComplete="off" /></Form.Item>
  return (
    <FormDialog title={t('onboard.file')} open={open} close={close} form={form} action={file} ok={t('onboard.file')} initial={{ kind: 'department' }}>
      <Alert type="info" className="gap-below" title={t('onboard.file_hint')} />
      {text('name', t('console.full_name'), 100)}
      {text('short_name', t('console.short_name'), 30)}
      <Form.Item name="kind" label={t('console.kind')} rules={[chosen(t('console.kind'))]}><Select options={(['department', 'bureau', 'subsidiary'] as const).map((k) => ({ value: k, label: t(`tenant.kind.${k}`) }))} /></Form.Item>
      {text('slug', t('console.slug'), 32, t('console.slug_hint'))}
      <Form.Item name="people" label={t('onboard.people')} rules={[chosen(t('onboard.people'))]}><InputNumber min={1} max={1000000} precision={0} style={{ width: '100%' }} /></Form.Item>
      {text('head_name', t('onboard.head_name'), 50)}
      {text('head_contact', t('onboard.head_contact'), 100)}
      {text('admin_name', t('onboard.admin_name'), 50)}
      {text('admin_login', t('onboard.admin_login'), 32, t('onboard.login_hint'))}
      <Form.Item name="fitting_on" label={t('onboard.fitting_on')} extra={t('onboard.fitting_hint')}><DayInput /></Form.Item>
      <Form.Item name="cabling" label={t('onboard.cabling')}><Input.TextArea autoSize maxLength={500} /></Form.Item>
      <Form.Item name="wanted_on" label={t('onboard.wanted_on')}><DayInput /></Form.Item>
      <Form.Item name="note" label={t('onboard.note')}><Input.TextArea autoSize maxLength={1000} /></Form.Item>
    </FormDialog>
  )
}

const DUTIES = ['department', 'document', 'hr'] as const

function Mine() {
  const query = useQuery({ queryKey: ['onboard', 'mine'], queryFn: ({ signal }) => ok(client.GET('/onboard/mine', { signal })) })
  const [naming, setNaming] = useState(false)
  return (
    <Loaded query={query}>{(m) => (
      <section className="panel">
        <div className="panel-head"><h2>{t('onboard.mine')}</h2><Button size="small" onClick={() => { setNaming(true) }}>{t('onboard.name_administrators')}</Button></div>
        {m.application && <>
          <p className="quiet">{t('onboard.mine_hint')}</p>
          <Steps orientation="vertical" size="small" items={m.application.steps.map((s) => ({ title: stepName(s), status: s.done_at ? 'finish' as const : 'wait' as const,
            content: s.done_at ? `${s.done_by} ${dateTime(s.done_at)}` : t(s.code === 'structure' || s.code === 'administrators' ? 'onboard.yours' : 'onboard.theirs') }))} />
        </>}
        <Descriptions size="small" column={{ xs: 1, md: 2 }} items={[
          { key: 'structure', label: t('onboard.structure'), children: <>{t('onboard.structure_is', { departments: m.structure.departments, posts: m.structure.posts, members: m.structure.members, columns: m.structure.columns })} {!m.structure.enough && <span className="quiet">{t('onboard.structure_needs')}</span>}</> },
          ...DUTIES.map((d) => ({ key: d, label: t(`onboard.duty.${d}`), children: m.administrators.find((a) => a.duty === d)?.name ?? t('onboard.not_named') })),
        ]} />
        <Name mine={m} open={naming} close={() => { setNaming(false) }} />
      </section>
    )}</Loaded>
  )
}

interface Naming { department: string; document: string; hr: string }

function Name({ mine, open, close }: { mine: OnboardMine; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Naming>()
  const save = useAction({
    form,
    run: (v: Naming, act) => ok(client.PUT('/onboard/administrators', { ...act(), body: v })),
    done: () => t('onboard.named'), after: close,
  })
  const of = (d: (typeof DUTIES)[number]) => mine.administrators.find((a) => a.duty === d)
  const initial = Object.fromEntries(DUTIES.flatMap((d) => { const a = of(d); return a ? [[d, a.member_id]] : [] }))
  return (
    <FormDialog title={t('onboard.name_administrators')} open={open} close={close} form={form} action={save} initial={initial}>
      <Alert type="info" className="gap-below" title={t('onboard.name_hint')} />
      {DUTIES.map((d) => {
        const a = of(d)
        return <Form.Item key={d} name={d} label={t(`onboard.duty.${d}`)} rules={[chosen(t(`onboard.duty.${d}`))]}><PersonSelect initial={a ? { id: a.member_id, name: a.name } : null} /></Form.Item>
      })}
    </FormDialog>
  )
}

/** Says to everybody of a new unit that it is live, and where to turn. */
export function NoticePage() {
  const query = useQuery({ queryKey: ['onboard', 'notice'], queryFn: ({ signal }) => ok(client.GET('/onboard/notice', { signal })) })
  return (
    <Page help="tenancy#onboard" name={t('onboard.notice')} width="narrow">
      <Loaded query={query}>{(n) => (
        <section className="panel">
          <Descriptions column={1} items={[
            { key: 'address', label: t('onboard.address'), children: <a href={n.address}>{n.address}</a> }, { key: 'functions', label: t('onboard.functions'), children: n.functions },
            { key: 'guide', label: t('onboard.guide'), children: n.guide }, { key: 'contacts', label: t('onboard.contacts'), children: n.contacts },
          ]} />
        </section>
      )}</Loaded>
    </Page>
  )
}
