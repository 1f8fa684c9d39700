import { Form, Input } from 'antd'
import { t } from '@/i18n'
import { FormDialog, required } from './FormDialog'
import { type Action } from './useAction'
import type { FormInstance } from 'antd'

export interface Reason { reason: string }

/** Asks why, for what the other side is told about. */
export function ReasonDialog({ title, open, close, form, action, danger, most = 500 }: {
  title: string; open: boolean; close: () => void; form: FormInstance<Reason>; action: Action<Reason>; danger?: boolean; most?: number
}) {
  return (
    <FormDialog title={title} open={open} close={close} form={form} action={action} ok={t('app.ok')} danger={danger}>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}>
        <Input.TextArea rows={3} maxLength={most} showCount placeholder={t('app.reason_ph')} />
      </Form.Item>
    </FormDialog>
  )
}
