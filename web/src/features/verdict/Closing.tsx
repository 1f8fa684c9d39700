import { PlusOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Button, Descriptions, Form, Input, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Verdict } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { hindranceOf } from './data'

/** The decision of the meeting, and the filing of the round. */
export function Closing({ v }: { v: Verdict }) {
  const can = useCan()
  const [open, setOpen] = useState<'decide' | 'annul' | 'file'>()
  const close = () => { setOpen(undefined) }
  const d = v.decision
  const waits = d ? (v.filing ? undefined : hindranceOf(v, 'file')) : hindranceOf(v, 'decide')
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('verdict.decision')}</h2>
        <div className="row">
          {!d && !waits && can('verdict.decide') && !v.grading?.own && <Button size="small" type="primary" onClick={() => { setOpen('decide') }}>{t('verdict.decide')}</Button>}
          {d && v.round.state === 'open' && can('verdict.decide') && <Button size="small" danger onClick={() => { setOpen('annul') }}>{t('verdict.annul')}</Button>}
          {d && !v.filing && !waits && can('verdict.manage') && <Button size="small" type="primary" onClick={() => { setOpen('file') }}>{t('verdict.file')}</Button>}
        </div>
      </div>
      {!d && !waits && v.grading?.own && can('verdict.decide') && <p className="quiet">{t('error.verdict.same_person')}</p>}
      {waits && <p className="quiet">{waits}</p>}
      {!d && !waits && !can('verdict.decide') && <p className="quiet">{t('verdict.decision_waits')}</p>}
      {d && <Descriptions column={{ xs: 1, md: 2 }} size="small" items={[
        { key: 'meeting', label: t('verdict.meeting'), children: [d.meeting, d.number].filter(Boolean).join(' ') },
        { key: 'held', label: t('verdict.held_on'), children: d.held_on },
        { key: 'chair', label: t('verdict.chair'), children: d.chair },
        { key: 'by', label: t('verdict.recorded_by'), children: `${d.by_name} ${dateTime(d.at)}` },
        { key: 'digest', label: t('verdict.decision_digest'), children: <code className="mono" style={{ overflowWrap: 'anywhere' }}>{d.digest}</code>, span: 'filled' },
      ]} />}
      {d && !v.filing && v.round.state !== 'closed' && <p><Link to="/assess/rounds/$id" params={{ id: v.round.id }}>{t('verdict.to_publish')}</Link></p>}
      {v.filing && <Filed f={v.filing} />}
      {open === 'decide' && <Decide v={v} close={close} />}
      {open === 'annul' && <Annul v={v} close={close} />}
      {open === 'file' && <File v={v} close={close} />}
    </section>
  )
}

function Filed({ f }: { f: NonNullable<Verdict['filing']> }) {
  return (
    <Descriptions title={t('verdict.step.file')} column={{ xs: 1, md: 2 }} size="small" items={[
      { key: 'number', label: t('verdict.number'), children: f.number },
      { key: 'place', label: t('verdict.place'), children: f.place },
      { key: 'keep', label: t('verdict.keep'), children: t(`verdict.keep.${f.keep}`) },
      { key: 'by', label: t('verdict.recorded_by'), children: `${f.by_name} ${dateTime(f.at)}` },
      { key: 'package', label: t('verdict.package'), children: <code className="mono" style={{ overflowWrap: 'anywhere' }}>{f.package}</code>, span: 'filled' },
    ]} />
  )
}

interface Decision { meeting: string; number?: string; held_on: string; chair: string; changes?: { unit_id: string; grade: string; reason: string }[] }

function Decide({ v, close }: { v: Verdict; close: () => void }) {
  const [form] = Form.useForm<Decision>()
  const rows = v.grading?.rows ?? []
  const decide = useAction({
    form,
    run: (d: Decision, act) => ok(client.POST('/verdict/rounds/{id}/decision', {
      ...act(), params: { path: { id: v.round.id } }, body: { ...d, grading_id: v.grading?.id ?? '' },
    })),
    done: () => t('verdict.decided'),
    after: close,
  })
  return (
    <FormDialog title={t('verdict.decide')} open close={close} form={form} action={decide} width={640} initial={{ held_on: today() }}>
      <p className="quiet">{t('verdict.decide_hint')}</p>
      <Form.Item name="meeting" label={t('verdict.meeting')} rules={[required(t('verdict.meeting'))]}><Input maxLength={120} placeholder={t('verdict.meeting_ph')} /></Form.Item>
      <Form.Item name="number" label={t('verdict.minutes')}><Input maxLength={60} /></Form.Item>
      <Form.Item name="held_on" label={t('verdict.held_on')} rules={[chosen(t('verdict.held_on'))]}><DayInput last={today()} /></Form.Item>
      <Form.Item name="chair" label={t('verdict.chair')} rules={[required(t('verdict.chair'))]}><Input maxLength={40} /></Form.Item>
      <Form.List name="changes">
        {(fields, { add, remove }) => (
          <fieldset className="verdict-lines">
            <legend>{t('verdict.changes')}</legend>
            {fields.map((f) => (
              <div key={f.key} className="gap-below">
                <Form.Item name={[f.name, 'unit_id']} label={t('assess.unit')} rules={[chosen(t('assess.unit'))]}><Select showSearch={{ optionFilterProp: 'label' }} options={rows.map((r) => ({ value: r.unit.id, label: r.unit.name }))} /></Form.Item>
                <Form.Item name={[f.name, 'grade']} label={t('verdict.final')} rules={[chosen(t('verdict.final'))]}><Select options={v.grades.map((g) => ({ value: g, label: g }))} /></Form.Item>
                <Form.Item name={[f.name, 'reason']} label={t('app.reason')} rules={[required(t('app.reason'))]}><Input maxLength={500} /></Form.Item>
                <Button size="small" onClick={() => { remove(f.name) }}>{t('app.delete')}</Button>
              </div>
            ))}
            <Button size="small" icon={<PlusOutlined />} onClick={() => { add({}) }}>{t('verdict.add_change')}</Button>
          </fieldset>
        )}
      </Form.List>
    </FormDialog>
  )
}

function Annul({ v, close }: { v: Verdict; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const annul = useAction({
    form,
    run: (body: Reason, act) => ok(client.POST('/verdict/rounds/{id}/annul', { ...act(), params: { path: { id: v.round.id } }, body })),
    done: () => t('verdict.annulled'),
    after: close,
  })
  return <ReasonDialog title={t('verdict.annul_ask')} open close={close} form={form} action={annul} danger />
}

interface Filing { number: string; place: string; keep: '10' | '30' | 'permanent' }

function File({ v, close }: { v: Verdict; close: () => void }) {
  const [form] = Form.useForm<Filing>()
  const file = useAction({
    form,
    run: (body: Filing, act) => ok(client.POST('/verdict/rounds/{id}/filing', { ...act(), params: { path: { id: v.round.id } }, body })),
    done: () => t('verdict.filed'),
    after: close,
  })
  return (
    <FormDialog title={t('verdict.file')} open close={close} form={form} action={file} initial={{ keep: '30' }}>
      <Form.Item name="number" label={t('verdict.number')} rules={[required(t('verdict.number'))]}><Input maxLength={60} /></Form.Item>
      <Form.Item name="place" label={t('verdict.place')} rules={[required(t('verdict.place'))]}><Input maxLength={120} /></Form.Item>
      <Form.Item name="keep" label={t('verdict.keep')}><Select options={(['10', '30', 'permanent'] as const).map((k) => ({ value: k, label: t(`verdict.keep.${k}`) }))} /></Form.Item>
    </FormDialog>
  )
}
