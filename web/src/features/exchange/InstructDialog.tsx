import { Form, Input } from 'antd'
import { client, ok } from '@/api/client'
import type { EnvelopePage } from '@/api/types'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Values { leader: string; text: string; on: string; reason: string }
interface Props { e: EnvelopePage; close: () => void; /** The instruction to correct; none: a new one is recorded. */ of?: EnvelopePage['instructions'][number] }

/** Records what a leader wrote on an adopted report, or corrects what was recorded. */
export default function InstructDialog({ e, close, of }: Props) {
  const [form] = Form.useForm<Values>()
  const params = { path: { id: e.id } }
  const instruct = useAction({
    form,
    run: (v: Values, act) => {
      const said = { leader: v.leader, text: v.text, on: v.on, version: e.version }
      return of
        ? ok(client.POST('/exchange/envelopes/{id}/correct', { ...act(), params, body: { ...said, instruction_id: of.id, reason: v.reason } }))
        : ok(client.POST('/exchange/envelopes/{id}/instruct', { ...act(), params, body: said }))
    },
    done: (_, v) => t(of ? 'instruct.correct_done' : 'instruct.done', { leader: v.leader }),
    after: close,
  })
  return (
    <FormDialog title={of ? t('instruct.correct_title', { leader: of.leader }) : t('instruct.title', { title: e.title })} open close={close} form={form} action={instruct}
      ok={t(of ? 'instruct.correct' : 'instruct.record')} initial={of ? { leader: of.leader, text: of.text, on: of.on } : { on: today() }}>
      <Form.Item name="leader" label={t('instruct.leader')} rules={[required(t('instruct.leader'))]}><Input maxLength={80} placeholder={t('instruct.leader_ph')} /></Form.Item>
      <Form.Item name="text" label={t('instruct.text')} rules={[required(t('instruct.text'))]} extra={of ? undefined : t('instruct.hint')}><Input.TextArea rows={4} maxLength={1000} showCount /></Form.Item>
      <Form.Item name="on" label={t('instruct.on')} rules={[chosen(t('instruct.on'))]}><DayInput last={today()} /></Form.Item>
      {of && <Form.Item name="reason" label={t('instruct.reason')} rules={[required(t('instruct.reason'))]} extra={t('instruct.correct_hint')}><Input maxLength={200} /></Form.Item>}
    </FormDialog>
  )
}
