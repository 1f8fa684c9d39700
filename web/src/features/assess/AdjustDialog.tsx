import { Form, Input, Segmented, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Adjustment, AdjustmentDraft, Entry, Round, Unit } from '@/api/types'
import { begin } from '@/features/publish/Attachments'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { PickFile } from '@/ui/PickFile'
import { useAction } from '@/ui/useAction'
import { format, parse, rounded } from './decimal'

type Type = AdjustmentDraft['type']
interface Values {
  type: Type; rule_code?: string; corrected?: string; points?: string; effect?: AdjustmentDraft['effect']
  title?: string; media?: string; day?: string; reason: string; url?: string; upload_id?: File
}

const TYPES: Type[] = ['correction', 'bonus', 'penalty', 'veto']
const EFFECTS = ['no_excellent', 'one_grade_down', 'fail'] as const

/** Proposes a correction, a bonus, a penalty or a veto; it counts when another person has confirmed it. */
export default function AdjustDialog({ round, unit, entries, known, close }: {
  round: Round; unit: Unit; entries: Entry[]; known: Adjustment[]; close: () => void
}) {
  const [form] = Form.useForm<Values>()
  const type = Form.useWatch('type', form) ?? 'correction'
  const propose = useAction({
    form,
    run: async (v: Values, act) => {
      const { upload_id: file, ...rest } = v
      const upload = file ? { upload_id: await begin(file, () => undefined, () => undefined) } : {}
      const body: AdjustmentDraft = { ...rest, ...upload, unit_id: unit.id }
      return ok(client.POST('/assess/rounds/{id}/adjustments', { ...act(), params: { path: { id: round.id } }, body }))
    },
    done: () => t('adjust.proposed'),
    after: close,
  })
  return (
    <FormDialog title={t('adjust.add_for', { unit: unit.name })} open close={close} form={form} action={propose} ok={t('adjust.propose')} initial={{ type: 'correction' }} width={600}>
      <Form.Item name="type" label={t('adjust.type')}><Segmented block options={TYPES.map((v) => ({ value: v, label: t(`adjust.type.${v}`) }))} /></Form.Item>
      {type === 'correction' ? <Correction entries={entries} known={known} /> : <Event type={type} />}
      <Form.Item name="reason" label={t('adjust.reason')} rules={[required(t('adjust.reason'))]}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
      <Form.Item name="url" label={t('adjust.url')} extra={t('adjust.proof_hint')}><Input maxLength={500} inputMode="url" placeholder="https://" /></Form.Item>
      <Form.Item name="upload_id" label={t('adjust.file')}><PickFile /></Form.Item>
    </FormDialog>
  )
}

// What a rule gives by itself: its lines without what was confirmed about them.
function systemOf(code: string, entries: Entry[], known: Adjustment[]): string {
  const all = entries.filter((e) => e.rule_code === code).reduce((sum, e) => sum + parse(e.points), 0n)
  const added = known.filter((a) => a.rule_code === code && a.state === 'confirmed').reduce((sum, a) => sum + parse(a.points), 0n)
  return rounded(format(all - added))
}

function Correction({ entries, known }: { entries: Entry[]; known: Adjustment[] }) {
  const rules = new Map<string, string>()
  entries.forEach((e) => { if (!e.rule_code.startsWith('_') && !rules.has(e.rule_code)) rules.set(e.rule_code, e.rule_name) })
  const rule = Form.useWatch<string | undefined>('rule_code')
  return (
    <>
      <Form.Item name="rule_code" label={t('assess.rule')} rules={[chosen(t('assess.rule'))]} extra={rule && t('adjust.system_is', { points: systemOf(rule, entries, known) })}>
        <Select options={[...rules].map(([value, label]) => ({ value, label }))} />
      </Form.Item>
      <Form.Item name="corrected" label={t('adjust.corrected')} rules={[required(t('adjust.corrected')), { pattern: /^-?\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" /></Form.Item>
    </>
  )
}

function Event({ type }: { type: Exclude<Type, 'correction'> }) {
  return (
    <>
      <Form.Item name="title" label={t('adjust.event')} rules={[required(t('adjust.event'))]}><Input maxLength={200} /></Form.Item>
      <Form.Item name="media" label={t('adjust.media')} extra={t('adjust.media_hint')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="day" label={t('adjust.day')} rules={[chosen(t('adjust.day'))]}><DayInput last={today()} /></Form.Item>
      {type === 'veto'
        ? <Form.Item name="effect" label={t('adjust.effect')} rules={[chosen(t('adjust.effect'))]}><Select options={EFFECTS.map((v) => ({ value: v, label: t(`adjust.effect.${v}`) }))} /></Form.Item>
        : <Form.Item name="points" label={t(`adjust.worth.${type}`)} rules={[required(t(`adjust.worth.${type}`)), { pattern: /^\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" /></Form.Item>}
    </>
  )
}
