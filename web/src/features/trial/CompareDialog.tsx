import { Form, Input, InputNumber, Radio } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Values { task: string; old_minutes: number; new_minutes: number; verdict: 'better' | 'same' | 'worse'; note?: string }

/** How one kind of work goes beside the old way. */
export default function CompareDialog({ run, close }: { run: string; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const save = useAction({
    form,
    run: (body: Values, act) => ok(client.POST('/trial/runs/{id}/comparisons', { ...act(), params: { path: { id: run } }, body })),
    done: () => t('trial.compared'),
    after: close,
  })
  return (
    <FormDialog title={t('trial.compare')} open close={close} form={form} action={save} ok={t('trial.compare_ok')} initial={{ verdict: 'better' }}>
      <Form.Item name="task" label={t('trial.task')} extra={t('trial.task_hint')} rules={[required(t('trial.task'))]}><Input maxLength={60} /></Form.Item>
      <div className="row">
        <Form.Item name="old_minutes" label={t('trial.old_minutes')} rules={[chosen(t('trial.old_minutes'))]}><InputNumber min={1} max={100000} precision={0} /></Form.Item>
        <Form.Item name="new_minutes" label={t('trial.new_minutes')} rules={[chosen(t('trial.new_minutes'))]}><InputNumber min={1} max={100000} precision={0} /></Form.Item>
      </div>
      <Form.Item name="verdict" label={t('trial.verdict')}>
        <Radio.Group options={(['better', 'same', 'worse'] as const).map((v) => ({ value: v, label: t(`trial.verdict.${v}`) }))} />
      </Form.Item>
      <Form.Item name="note" label={t('trial.note')}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
    </FormDialog>
  )
}
