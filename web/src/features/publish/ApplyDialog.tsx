import { Form, Input } from 'antd'
import { client, ok } from '@/api/client'
import type { Column } from '@/api/types'
import { useCan, useMe } from '@/app/session'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { WishFields, type WishForm, wishForm, wishOf } from './WishFields'

type Fields = WishForm & { reason: string }

/** Whether I may apply for a column: I head a department, or publish. */
export function useApplies(): boolean {
  const can = useCan()
  return useMe().departments.some((d) => d.head) || can('publish.publish')
}

/** Asks the Office for a new column, or for another shape of one (R023). */
export function ApplyDialog({ open, about, columns, close }: { open: boolean; about?: Column | undefined; columns: Column[]; close: () => void }) {
  const [form] = Form.useForm<Fields>()
  const send = useAction({
    form,
    run: ({ reason, ...v }: Fields, act) => ok(client.POST('/publish/applications', { ...act(), body: {
      reason, wish: wishOf(v, about), ...(about ? { column_id: about.id } : {}),
    } })),
    done: () => t('apply.sent'),
    after: close,
  })
  return (
    <FormDialog title={about ? t('apply.change_of', { name: about.name }) : t('apply.new')} open={open} close={close} form={form} action={send} ok={t('apply.submit')} width={640}
      initial={{ ...wishForm(undefined, about), reason: '' }}>
      <WishFields columns={columns} about={about?.id} people={[]} />
      <Form.Item name="reason" label={t('apply.reason')} extra={t('apply.reason_hint')} rules={[required(t('apply.reason'))]}>
        <Input.TextArea rows={3} maxLength={500} showCount />
      </Form.Item>
    </FormDialog>
  )
}
