import { Form, Input } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Values { until: string; reason: string }

/** Lets a unit submit late, or a person review late: recorded, with a reason. */
export default function Permit({ call, who, close }: { call: string; who: { unit?: string; member?: string; name: string }; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const permit = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/review/calls/{id}/permits', { ...act(), params: { path: { id: call } }, body: {
      until: v.until, reason: v.reason, ...(who.unit ? { unit: who.unit } : {}), ...(who.member ? { member: who.member } : {}),
    } })),
    done: (_, v) => t('review.permitted', { name: who.name, day: v.until }),
    after: close,
  })
  return (
    <FormDialog title={t('review.permit_for', { name: who.name })} open close={close} form={form} action={permit} ok={t('review.permit')}>
      <Form.Item name="until" label={t('review.until')} rules={[chosen(t('review.until'))]}><DayInput first={today()} /></Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]} extra={t('review.permit_hint')}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
    </FormDialog>
  )
}
