import { Form, Input } from 'antd'
import { client, ok } from '@/api/client'
import type { AppealRaised, NoticeLine } from '@/api/types'
import { rounded } from '@/features/assess/decimal'
import { begin } from '@/features/publish/Attachments'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { PickFile } from '@/ui/PickFile'
import { useAction } from '@/ui/useAction'

interface Values { claimed?: string; reason: string; url?: string; upload_id?: File }
type Props = { close: () => void } & ({ notice: string; unit: string; line: NoticeLine } | { first: AppealRaised })

/** Appeals against one line with evidence; or once more, for the last time. */
export default function AppealDialog(p: Props) {
  const [form] = Form.useForm<Values>()
  const again = 'first' in p
  const appeal = useAction({
    form,
    run: async ({ upload_id: file, claimed, ...rest }: Values, act) => {
      const grounds = { ...rest, ...(file ? { upload_id: await begin(file, () => undefined, () => undefined) } : {}) }
      return 'first' in p
        ? ok(client.POST('/verdict/raised/{id}/again', { ...act(), params: { path: { id: p.first.id } }, body: grounds }))
        : ok(client.POST('/verdict/notices/{id}/appeals', { ...act(), params: { path: { id: p.notice } }, body: { ...grounds, unit_id: p.unit, entry_id: p.line.id, ...(claimed ? { claimed } : {}) } }))
    },
    done: () => t('verdict.raised'),
    after: p.close,
  })
  const name = 'first' in p ? p.first.line : p.line.name
  const points = 'first' in p ? p.first.points : p.line.points
  return (
    <FormDialog title={t(again ? 'verdict.again_of' : 'verdict.raise_of', { line: name })} open close={p.close} form={form} action={appeal} ok={t('verdict.raise')} width={600}>
      <p className="quiet">{t('verdict.shown_points', { points: rounded(points) })}<br />{t(again ? 'verdict.again_hint' : 'verdict.raise_hint')}</p>
      {!again && <Form.Item name="claimed" label={t('verdict.claim_points')} rules={[{ pattern: /^-?\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" /></Form.Item>}
      <Form.Item name="reason" label={t('verdict.claim')} rules={[required(t('verdict.claim'))]}><Input.TextArea rows={4} maxLength={2000} showCount /></Form.Item>
      <Form.Item name="url" label={t('verdict.evidence_url')} extra={t('verdict.evidence_hint')}><Input maxLength={500} inputMode="url" placeholder="https://" /></Form.Item>
      <Form.Item name="upload_id" label={t('verdict.evidence_file')}><PickFile /></Form.Item>
    </FormDialog>
  )
}
