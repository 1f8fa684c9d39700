import { DatePicker, Form, Input } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { client, ok } from '@/api/client'
import type { EnvelopePage } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Values { leader: string; text: string; on: Dayjs }

/** Records what a leader wrote on an adopted report. */
export default function InstructDialog({ e, close }: { e: EnvelopePage; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const instruct = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/exchange/envelopes/{id}/instruct', { ...act(), params: { path: { id: e.id } },
      body: { leader: v.leader, text: v.text, on: v.on.format('YYYY-MM-DD'), version: e.version } })),
    done: (_, v) => t('instruct.done', { leader: v.leader }),
    after: close,
  })
  return (
    <FormDialog title={t('instruct.title', { title: e.title })} open close={close} form={form} action={instruct} ok={t('instruct.record')} initial={{ on: dayjs() }}>
      <Form.Item name="leader" label={t('instruct.leader')} rules={[required(t('instruct.leader'))]}><Input maxLength={80} placeholder={t('instruct.leader_ph')} /></Form.Item>
      <Form.Item name="text" label={t('instruct.text')} rules={[required(t('instruct.text'))]} extra={t('instruct.hint')}><Input.TextArea rows={4} maxLength={1000} showCount /></Form.Item>
      <Form.Item name="on" label={t('instruct.on')} rules={[chosen(t('instruct.on'))]}><DatePicker disabledDate={(d) => d.isAfter(dayjs(), 'day')} /></Form.Item>
    </FormDialog>
  )
}
