import { Button, Checkbox, Form, Input, InputNumber, Modal, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { StepCode, Verdict, VerdictCalendarDraft } from '@/api/types'
import { useMe } from '@/app/session'
import { t } from '@/i18n'
import { DayInput } from '@/ui/DayInput'
import { chosen } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { atRows, isByHand, STEPS, usePeople } from './data'

interface Row { step: StepCode; on: boolean; due?: string; remind: number; responsible_id?: string; leader_id?: string; done: boolean; provisional: boolean }
interface Values {
  steps: Row[]; everybody?: string; above?: string; share: number; heading?: string; lines: { name: string; at_least: string }[]
  notice_days: number; appeal_days: number; answer_days: number; again_days: number
}

const LINES = () => [['excellent', '90'], ['good', '80'], ['pass', '60'], ['fail', '0']].map(([k, n]) => ({ name: t(`verdict.grade.${k as 'good'}`), at_least: n ?? '' }))

// What the form begins with: the calendar as it is, or the usual days.
function begin(v: Verdict, me: string): Values {
  const { lines, version, heading, ...rest } = v.calendar
  return {
    ...rest, ...(heading ? { heading } : {}), lines: v.graded ? [] : version === 0 ? LINES() : lines, everybody: me,
    steps: STEPS.map((step) => {
      const is = v.steps.find((s) => s.step === step)
      const usual = v.defaults.find((d) => d.step === step)
      const due = is?.due ?? usual?.due
      return { step, on: due !== undefined, remind: is?.remind ?? 2, done: is?.state === 'done', provisional: usual?.provisional ?? false,
        ...(due ? { due } : {}), ...(is ? { responsible_id: is.responsible.id, leader_id: is.leader.id } : version === 0 ? { responsible_id: me } : {}) }
    }),
  }
}

function draftOf(v: Verdict, values: Values): VerdictCalendarDraft {
  const { share, heading, lines, notice_days, appeal_days, answer_days, again_days, steps } = values
  return {
    share, lines, notice_days, appeal_days, answer_days, again_days, ...(heading ? { heading } : {}), version: v.calendar.version,
    steps: steps.filter((s) => s.on).map((s) => ({ step: s.step, due: s.due ?? '', remind: s.remind, responsible_id: s.responsible_id ?? '', leader_id: s.leader_id ?? '' })),
  }
}

/** Sets the dates of a round: each step with its day, who does it, and whom to tell when it is late. */
export default function CalendarDialog({ v, close }: { v: Verdict; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const me = useMe().member.id
  const save = useAction({
    form,
    run: (values: Values, act) => {
      const all = { ...form.getFieldsValue(true) as Values, ...values }
      const rows = all.steps.flatMap((s, i) => (s.on ? [i] : []))
      return ok(client.PUT('/verdict/rounds/{id}/calendar', { ...act(), params: { path: { id: v.round.id } }, body: draftOf(v, all) })).catch((err: unknown) => { throw atRows(err, rows) })
    },
    done: () => t('verdict.calendar_set'),
    after: close,
  })
  return (
    <Modal title={t('verdict.calendar_of', { name: v.round.name })} open onCancel={close} width={960} okText={t('app.save')} cancelText={t('app.cancel')} confirmLoading={save.busy}
      mask={{ closable: false }} okButtonProps={{ htmlType: 'submit', form: 'verdict-calendar' }}>
      <p className="quiet">{t('verdict.calendar_hint')}</p>
      <Form<Values> id="verdict-calendar" form={form} layout="vertical" initialValues={begin(v, me)} onFinish={(values) => { save.go(values) }} scrollToFirstError={{ focus: true }}>
        <Everybody v={v} />
        <ol className="verdict-steps">
          {STEPS.map((step, i) => <StepFields key={step} step={step} i={i} v={v} />)}
        </ol>
        <Rules v={v} />
      </Form>
    </Modal>
  )
}

// Fills in the same two people for every step.
function Everybody({ v }: { v: Verdict }) {
  const form = Form.useFormInstance<Values>()
  const options = useOptions()
  const put = () => {
    const { everybody, above, steps } = form.getFieldsValue(true) as Values
    form.setFieldValue('steps', steps.map((s) => (s.done ? s : { ...s, ...(everybody ? { responsible_id: everybody } : {}), ...(above ? { leader_id: above } : {}) })))
  }
  if (v.calendar.version > 0) return null
  return (
    <div className="verdict-everybody">
      <Form.Item name="everybody" label={t('verdict.responsible_all')}><Select showSearch={{ optionFilterProp: 'label' }} options={options} onChange={() => { queueMicrotask(put) }} /></Form.Item>
      <Form.Item name="above" label={t('verdict.leader_all')}><Select showSearch={{ optionFilterProp: 'label' }} options={options} onChange={() => { queueMicrotask(put) }} /></Form.Item>
    </div>
  )
}

function useOptions() {
  return (usePeople(true).data?.items ?? []).map((p) => ({ value: p.id, label: p.name }))
}

function StepFields({ step, i, v }: { step: StepCode; i: number; v: Verdict }) {
  const options = useOptions()
  const row = Form.useWatch<Row | undefined>(['steps', i])
  const name = t(`verdict.step.${step}`)
  const is = v.steps.find((s) => s.step === step)
  const fixed = is?.state === 'done'
  const off = row?.on === false
  const usual = v.defaults.find((d) => d.step === step)
  return (
    <li>
      <Form.Item name={['steps', i, 'on']} valuePropName="checked" className="verdict-on">
        <Checkbox disabled={fixed || !isByHand(step)}>{name}</Checkbox>
      </Form.Item>
      <Form.Item name={['steps', i, 'due']} label={t('verdict.due')} extra={usual?.provisional ? t('verdict.provisional') : undefined} rules={off ? [] : [chosen(t('verdict.due'))]}>
        <DayInput aria-label={t('verdict.due_of', { step: name })} disabled={fixed || off} allowClear={false} />
      </Form.Item>
      <Form.Item name={['steps', i, 'responsible_id']} label={t('verdict.responsible')} rules={off ? [] : [chosen(t('verdict.responsible'))]}>
        <Select aria-label={t('verdict.responsible_of', { step: name })} disabled={fixed || off} showSearch={{ optionFilterProp: 'label' }} options={options} />
      </Form.Item>
      <Form.Item name={['steps', i, 'leader_id']} label={t('verdict.leader')} dependencies={[['steps', i, 'responsible_id']]} rules={off ? [] : [chosen(t('verdict.leader')),
        ({ getFieldValue }) => ({ validator: (_, value: string) => value && value === getFieldValue(['steps', i, 'responsible_id']) ? Promise.reject(new Error(t('error.verdict.leader_same'))) : Promise.resolve() })]}>
        <Select aria-label={t('verdict.leader_of', { step: name })} disabled={fixed || off} showSearch={{ optionFilterProp: 'label' }} options={options} />
      </Form.Item>
      <Form.Item name={['steps', i, 'remind']} label={t('verdict.remind')}>
        <InputNumber aria-label={t('verdict.remind_of', { step: name })} disabled={fixed || off} min={0} max={30} precision={0} style={{ width: '100%' }} />
      </Form.Item>
    </li>
  )
}

// How long the parts take, and how grades are given.
function Rules({ v }: { v: Verdict }) {
  return (
    <>
      <h3>{t('verdict.rules')}</h3>
      <div className="verdict-rules">
        {(['notice_days', 'appeal_days', 'answer_days', 'again_days'] as const).map((k) => (
          <Form.Item key={k} name={k} label={t(`verdict.rule.${k}`)} rules={[chosen(t(`verdict.rule.${k}`))]}>
            <InputNumber min={k === 'notice_days' || k === 'appeal_days' ? 5 : 1} max={k === 'again_days' ? 15 : 30} precision={0} style={{ width: '100%' }} />
          </Form.Item>
        ))}
        <Form.Item name="share" label={t('verdict.share')} extra={t('verdict.share_hint')} rules={[chosen(t('verdict.share'))]}><InputNumber min={0} max={100} precision={0} style={{ width: '100%' }} /></Form.Item>
        <Form.Item name="heading" label={t('verdict.heading')} extra={t('verdict.heading_hint')}><Select allowClear options={v.headings.map((h) => ({ value: h.code, label: h.name }))} notFoundContent={t('verdict.no_headings')} /></Form.Item>
      </div>
      {!v.graded && <Lines />}
    </>
  )
}

// The grades of a scheme that has none of its own.
function Lines() {
  return (
    <Form.List name="lines">
      {(fields, { add, remove }) => (
        <fieldset className="verdict-lines">
          <legend>{t('verdict.lines')}</legend>
          {fields.map((f) => (
            <div key={f.key} className="row">
              <Form.Item name={[f.name, 'name']} rules={[chosen(t('verdict.line_name'))]}><Input aria-label={t('verdict.line_name')} maxLength={20} /></Form.Item>
              <Form.Item name={[f.name, 'at_least']} rules={[chosen(t('verdict.line_from')), { pattern: /^-?\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input aria-label={t('verdict.line_from')} inputMode="decimal" addonAfter={t('verdict.line_up')} /></Form.Item>
              {fields.length > 2 && <Button size="small" onClick={() => { remove(f.name) }}>{t('app.delete')}</Button>}
            </div>
          ))}
          {fields.length < 10 && <Button size="small" onClick={() => { add({ name: '', at_least: '' }) }}>{t('verdict.add_line')}</Button>}
        </fieldset>
      )}
    </Form.List>
  )
}
