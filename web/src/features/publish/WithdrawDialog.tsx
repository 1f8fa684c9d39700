import { Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Item, TakedownDraft } from '@/api/types'
import { t } from '@/i18n'
import { MomentInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Values { class: TakedownDraft['reason']; reason: string; noticed?: string }

const CLASSES: Values['class'][] = ['mistake', 'unsuitable', 'wrong', 'confidential', 'unlawful', 'other']

/** Takes a published item down: for what kind of reason, why, and since when that was known (R012, R014). */
export default function WithdrawDialog({ item, close }: { item: Item; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const withdraw = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/publish/items/{id}/withdraw', {
      ...act(), params: { path: { id: item.id } },
      body: { class: v.class, reason: v.reason, version: item.version, ...(v.noticed ? { noticed_at: v.noticed } : {}) },
    })),
    done: () => t('item.withdrawn', { title: item.title }),
    after: close,
  })
  return (
    <FormDialog title={t('item.withdraw_ask', { title: item.title })} open close={close} form={form} action={withdraw} ok={t('item.withdraw')} danger>
      <Form.Item name="class" label={t('item.withdraw_class')} extra={t('item.withdraw_class_hint')} rules={[chosen(t('item.withdraw_class'))]}>
        <Select options={CLASSES.map((c) => ({ value: c, label: t(`takedown.reason.${c}`) }))} />
      </Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}>
        <Input.TextArea rows={3} maxLength={200} showCount placeholder={t('app.reason_ph')} />
      </Form.Item>
      <Form.Item name="noticed" label={t('takedown.noticed')} extra={t('takedown.noticed_hint')}>
        <MomentInput />
      </Form.Item>
    </FormDialog>
  )
}
