import { Button, Form, Input, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Verdict, VerdictStep } from '@/api/types'
import { useCan, useMe } from '@/app/session'
import { useRanking } from '@/features/assess/data'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { useAction } from '@/ui/useAction'
import { isByHand, STEPS } from './data'

const COLORS: Record<VerdictStep['state'], string> = { ahead: 'success', soon: 'warning', late: 'error', done: 'default' }

/** How far a step is: the light and the working days left. */
export function StepTag({ s }: { s: VerdictStep }) {
  if (s.state === 'done') return <Tag>{t('verdict.state.done')}</Tag>
  const text = s.left < 0 ? t('verdict.days_over', { n: -s.left }) : s.left === 0 ? t('verdict.due_today') : t('verdict.days_left', { n: s.left })
  return <Tag color={COLORS[s.state]}>{text}</Tag>
}

/** The dates of a round: who does what until when, and what was allowed to be late. */
export function Steps({ v }: { v: Verdict }) {
  const manage = useCan()('verdict.manage')
  const [permit, setPermit] = useState(false)
  const columns: Col<VerdictStep>[] = [
    { key: 'step', title: t('verdict.step'), fixed: true, render: (s) => <>{t(`verdict.step.${s.step}`)}{s.note && <div className="quiet">{s.note}</div>}</> },
    { key: 'state', title: t('app.state'), fixed: true, render: (s) => <StepTag s={s} /> },
    { key: 'due', title: t('verdict.due'), date: true, render: (s) => <>{s.due}{s.planned !== s.due && <div className="quiet">{t('verdict.planned', { day: s.planned })}</div>}</> },
    { key: 'who', title: t('verdict.responsible'), render: (s) => s.responsible.name },
    { key: 'leader', title: t('verdict.leader'), render: (s) => s.leader.name },
    ...(v.steps.some((s) => s.done_at !== null || isByHand(s.step)) ? [{ key: 'done', title: t('verdict.done_at'), render: (s: VerdictStep) => (s.done_at ? `${dateTime(s.done_at)} ${s.done_by}` : <Done v={v} s={s} />) }] : []),
  ]
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('verdict.calendar')}</h2>
        {manage && !v.filing && <Button size="small" onClick={() => { setPermit(true) }}>{t('verdict.permit')}</Button>}
      </div>
      <DataTable id="verdict-steps" label={t('verdict.calendar')} query={{ data: { items: v.steps }, isError: false } as never} columns={columns} rowKey={(s) => s.step} paged={false} />
      {v.permits.length > 0 && (
        <ul className="lines">
          {v.permits.map((p) => (
            <li key={p.id}>
              <span className="grow">{t('verdict.permitted', { step: t(`verdict.step.${p.step as VerdictStep['step']}`), unit: p.unit_name, was: p.was, until: p.until })} <span className="quiet">{p.reason}</span></span>
              <span className="when">{p.by_name} {dateTime(p.at)}</span>
            </li>
          ))}
        </ul>
      )}
      {permit && <Permit v={v} close={() => { setPermit(false) }} />}
    </section>
  )
}

// What the person named for a step says when it is done.
function Done({ v, s }: { v: Verdict; s: VerdictStep }) {
  const me = useMe().member.id
  const [form] = Form.useForm<{ note: string }>()
  const [open, setOpen] = useState(false)
  const done = useAction({
    form,
    run: (body: { note: string }, act) => isByHand(s.step)
      ? ok(client.POST('/verdict/rounds/{id}/done', { ...act(), params: { path: { id: v.round.id } }, body: { ...body, step: s.step } }))
      : Promise.reject(new Error(s.step)),
    done: () => t('verdict.step_done', { step: t(`verdict.step.${s.step}`) }),
    after: () => { setOpen(false) },
  })
  if (!isByHand(s.step) || (s.responsible.id !== me && s.leader.id !== me)) return null
  return (
    <>
      <Button size="small" onClick={() => { setOpen(true) }}>{t('verdict.mark_done')}</Button>
      <FormDialog title={t('verdict.mark_done_of', { step: t(`verdict.step.${s.step}`) })} open={open} close={() => { setOpen(false) }} form={form} action={done}>
        <Form.Item name="note" label={t('verdict.note')} rules={[required(t('verdict.note'))]}><Input.TextArea rows={3} maxLength={500} showCount /></Form.Item>
      </FormDialog>
    </>
  )
}

interface Allowed { step: VerdictStep['step']; unit_id?: string; until: string; reason: string }

// Lets a step be late, or one unit appeal late.
function Permit({ v, close }: { v: Verdict; close: () => void }) {
  const [form] = Form.useForm<Allowed>()
  const step = Form.useWatch('step', form)
  const permit = useAction({
    form,
    run: (body: Allowed, act) => ok(client.POST('/verdict/rounds/{id}/permits', { ...act(), params: { path: { id: v.round.id } }, body })),
    done: () => t('verdict.permit_given'),
    after: close,
  })
  const open = v.steps.filter((s) => s.state !== 'done' || s.step === 'appeal' || s.step === 'answer')
  return (
    <FormDialog title={t('verdict.permit')} open close={close} form={form} action={permit}>
      <p className="quiet">{t('verdict.permit_hint')}</p>
      <Form.Item name="step" label={t('verdict.step')} rules={[chosen(t('verdict.step'))]}>
        <Select options={STEPS.filter((s) => open.some((o) => o.step === s)).map((s) => ({ value: s, label: t(`verdict.step.${s}`) }))} />
      </Form.Item>
      {(step === 'appeal' || step === 'answer') && <UnitSelect v={v} needed={step === 'appeal'} />}
      <Form.Item name="until" label={t('verdict.until')} rules={[chosen(t('verdict.until'))]}><DayInput /></Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
    </FormDialog>
  )
}

function UnitSelect({ v, needed }: { v: Verdict; needed: boolean }) {
  const tenants = useRanking(v.round.id, 'tenant')
  const departments = useRanking(v.round.id, 'department')
  const units = [...(tenants.data?.rows ?? []), ...(departments.data?.rows ?? [])]
  return (
    <Form.Item name="unit_id" label={t('assess.unit')} rules={needed ? [chosen(t('assess.unit'))] : []}>
      <Select allowClear={!needed} showSearch={{ optionFilterProp: 'label' }} options={units.map((r) => ({ value: r.unit.id, label: r.unit.name }))} />
    </Form.Item>
  )
}
