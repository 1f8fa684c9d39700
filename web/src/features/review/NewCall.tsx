import { useNavigate } from '@tanstack/react-router'
import { Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import { useRounds } from '@/features/assess/data'
import { t } from '@/i18n'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Values { round_id: string; name: string; note?: string; due_day?: string; review_day?: string; gap: string }

/** Calls the units of a round to assess themselves. */
export default function NewCall({ close }: { close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const rounds = useRounds().data?.items.filter((r) => r.state !== 'closed' && r.computed_at) ?? []
  const call = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/review/calls', { ...act(), body: {
      round_id: v.round_id, name: v.name, gap: v.gap, ...(v.note ? { note: v.note } : {}),
      ...(v.due_day ? { due_day: v.due_day } : {}), ...(v.review_day ? { review_day: v.review_day } : {}),
    } })),
    done: (c) => t('review.called', { name: c.name }),
    after: (c) => { close(); void navigate({ to: '/assess/reviews/$id', params: { id: c.id } }) },
  })
  return (
    <FormDialog title={t('review.new_call')} open close={close} form={form} action={call} ok={t('review.call_ok')} initial={{ gap: '2', name: t('review.call_name') }} width={600}>
      <Form.Item name="round_id" label={t('assess.round')} rules={[chosen(t('assess.round'))]} extra={t('review.round_hint')}><Select options={rounds.map((r) => ({ value: r.id, label: `${r.name}（${r.from} — ${r.to}）` }))} /></Form.Item>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={80} /></Form.Item>
      <Form.Item name="note" label={t('review.note')}><Input.TextArea rows={2} maxLength={2000} /></Form.Item>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <Form.Item name="due_day" label={t('review.due')} extra={t('review.due_default')}><DayInput /></Form.Item>
        <Form.Item name="review_day" label={t('review.review_due')} extra={t('review.review_due_default')}><DayInput /></Form.Item>
        <Form.Item name="gap" label={t('review.gap')} rules={[{ required: true, pattern: /^\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]} extra={t('review.gap_hint')}><Input inputMode="decimal" style={{ width: 120 }} /></Form.Item>
      </div>
    </FormDialog>
  )
}
