import { useQuery } from '@tanstack/react-query'
import { Form, type FormInstance, Input, InputNumber, Segmented, Select, TreeSelect } from 'antd'
import { client, ok } from '@/api/client'
import type { YearTarget as Target, TargetDraft, TargetNew } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { DepartmentSelect, PersonSelect, useDepartments } from '@/ui/pickers'
import { treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'
import { lacksText } from './data'

type Measure = TargetDraft['measure']
interface Values {
  unit_kind?: 'department' | 'member'; department?: string; person?: string
  title: string; standard?: string; measure: Measure; quantity?: string; unit_of_measure?: string; indicator?: string; weight: string
  cadence: TargetDraft['cadence']; due_day: number; leader_id?: string; department_id?: string; partner_ids?: string[]
  quarters: { text?: string; value?: string }[]
}

/** What the dialog makes or changes: a target of a unit, a part of a target, or one that is there. */
export type Work =
  | { unit: { kind: 'tenant' | 'department'; id: string }; year: number }
  | { parent: Target }
  | { target: Target }

const AMOUNT = /^\d{1,12}(\.\d{1,4})?$/

/** Words a target. What is missing for issuing it may be missing still. */
export default function TargetDialog({ work, close }: { work: Work; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const old = 'target' in work ? work.target : undefined
  const save = useAction({
    form,
    run: (v: Values, act) => old
      ? ok(client.PUT('/target/targets/{id}', { ...act(), params: { path: { id: old.id } }, body: { ...draftOf(v), version: old.version } }))
      : ok(client.POST('/target/targets', { ...act(), body: newOf(work, v) })),
    done: () => t(old ? 'app.saved' : 'target.saved_draft'),
    after: close,
  })
  const parent = 'parent' in work ? work.parent : undefined
  const title = old ? t('target.edit') : parent ? t('target.split_of', { title: parent.spec.title }) : t('target.new')
  return (
    <FormDialog title={title} open close={close} form={form} action={save} initial={initialOf(old, parent)} width={720}>
      {parent && <PartOf parent={parent} />}
      <Words form={form} part={parent !== undefined || (old !== undefined && old.parent_id !== null)} year={old?.year ?? parent?.year ?? ('year' in work ? work.year : 0)} />
      <Who old={old} />
      <Quarters form={form} />
    </FormDialog>
  )
}

function initialOf(old: Target | undefined, parent: Target | undefined): Partial<Values> {
  const from = old ?? parent
  const quarters = [1, 2, 3, 4].map((q) => {
    const m = from?.spec.milestones?.find((x) => x.quarter === q)
    return m ? { text: m.text, ...(m.value && old ? { value: m.value } : {}) } : {}
  })
  if (!from) return { measure: 'quantity', cadence: 'month', due_day: 5, quarters }
  const s = from.spec
  const shared = { measure: s.measure, cadence: s.cadence, due_day: s.due_day ?? 5, quarters, ...(s.unit_of_measure ? { unit_of_measure: s.unit_of_measure } : {}) }
  if (!old) return { ...shared, unit_kind: parent?.unit.kind === 'department' ? 'member' : 'department' }
  return {
    ...shared, title: s.title, weight: s.weight,
    ...(s.standard ? { standard: s.standard } : {}), ...(s.quantity ? { quantity: s.quantity } : {}), ...(s.indicator ? { indicator: s.indicator } : {}),
    ...(s.leader_id ? { leader_id: s.leader_id } : {}), ...(s.department_id ? { department_id: s.department_id } : {}), ...(s.partner_ids ? { partner_ids: s.partner_ids } : {}),
  }
}

function draftOf(v: Values): TargetDraft {
  const counted = v.measure === 'quantity'
  return {
    title: v.title, measure: v.measure, weight: v.weight, cadence: v.cadence, due_day: v.due_day,
    ...(v.standard ? { standard: v.standard } : {}), ...(v.indicator ? { indicator: v.indicator } : {}),
    ...(counted && v.quantity ? { quantity: v.quantity } : {}), ...(counted && v.unit_of_measure ? { unit_of_measure: v.unit_of_measure } : {}),
    ...(v.leader_id ? { leader_id: v.leader_id } : {}), ...(v.department_id ? { department_id: v.department_id } : {}),
    partner_ids: v.partner_ids ?? [],
    milestones: v.quarters.flatMap((q, i) => (q.text?.trim() ? [{ quarter: i + 1, text: q.text, ...(counted && q.value ? { value: q.value } : {}) }] : [])),
  }
}

function newOf(work: Work, v: Values): TargetNew {
  if ('unit' in work) return { ...draftOf(v), year: work.year, unit_kind: work.unit.kind, unit_id: work.unit.id }
  const parent = 'parent' in work ? work.parent : work.target
  return { ...draftOf(v), year: parent.year, parent_id: parent.id, unit_kind: v.unit_kind ?? 'department', unit_id: (v.unit_kind === 'member' ? v.person : v.department) ?? '' }
}

// For whom the part is.
function PartOf({ parent }: { parent: Target }) {
  const kind = Form.useWatch<Values['unit_kind']>('unit_kind') ?? 'department'
  return (
    <>
      <Form.Item name="unit_kind" label={t('target.part_for')} hidden={parent.unit.kind === 'department'}>
        <Segmented options={[{ value: 'department', label: t('target.kind.department') }, { value: 'member', label: t('target.kind.member') }]} />
      </Form.Item>
      {kind === 'department'
        ? <Form.Item name="department" label={t('target.kind.department')} rules={[chosen(t('target.kind.department'))]}><DepartmentSelect /></Form.Item>
        : <Form.Item name="person" label={t('target.kind.member')} rules={[chosen(t('target.kind.member'))]}><PersonSelect /></Form.Item>}
    </>
  )
}

function Words({ form, part, year }: { form: FormInstance<Values>; part: boolean; year: number }) {
  const measure = Form.useWatch('measure', form) ?? 'quantity'
  const manage = useCan()('target.manage')
  const indicators = useQuery({
    queryKey: ['target-indicators', year], enabled: manage && !part && year > 0,
    queryFn: ({ signal }) => ok(client.GET('/target/indicators', { signal, params: { query: { year } } })),
  })
  return (
    <>
      <Form.Item name="title" label={t('target.title')} rules={[required(t('target.title'))]}><Input maxLength={120} showCount /></Form.Item>
      <Form.Item name="standard" label={t('target.standard')} extra={t('target.standard_hint')}><Input.TextArea rows={2} maxLength={2000} /></Form.Item>
      <Form.Item name="measure" label={t('target.measure')}>
        <Segmented options={(['quantity', 'milestone'] as const).map((v) => ({ value: v, label: t(`target.measure.${v}`) }))} />
      </Form.Item>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        {measure === 'quantity' && (
          <>
            <Form.Item name="quantity" label={t('target.quantity')} rules={[{ pattern: AMOUNT, message: t('target.number') }]}><Input inputMode="decimal" style={{ width: 140 }} /></Form.Item>
            <Form.Item name="unit_of_measure" label={t('target.of')}><Input maxLength={20} style={{ width: 120 }} placeholder={t('target.of_ph')} /></Form.Item>
          </>
        )}
        <Form.Item name="weight" label={t('target.weight')} extra={t(part ? 'target.weight_part' : 'target.weight_hint')}
          rules={[required(t('target.weight')), { pattern: /^\d{1,3}(\.\d{1,2})?$/, message: t('target.number') }]}><Input inputMode="decimal" style={{ width: 120 }} /></Form.Item>
        <Form.Item name="cadence" label={t('target.cadence')}>
          <Segmented options={(['month', 'quarter'] as const).map((v) => ({ value: v, label: t(`target.cadence.${v}`) }))} />
        </Form.Item>
        <Form.Item name="due_day" label={t('target.due_day')} extra={t('target.due_day_hint')}><InputNumber min={1} max={28} /></Form.Item>
      </div>
      {!part && manage && (
        <Form.Item name="indicator" label={t('target.indicator')} extra={t('target.indicator_hint')}>
          <Select allowClear showSearch={{ optionFilterProp: 'label' }} loading={indicators.isFetching}
            options={(indicators.data?.items ?? []).map((x) => ({ value: x.code, label: t('target.indicator_of', { name: x.name, code: x.code }) }))} />
        </Form.Item>
      )}
    </>
  )
}

function Who({ old }: { old: Target | undefined }) {
  const departments = useDepartments()
  const s = old?.spec
  const leader = s?.leader_id ? { id: s.leader_id, name: s.leader } : null
  const option = (n: ReturnType<typeof treeOf<NonNullable<typeof departments.data>['items'][number]>>[number]): object => ({ value: n.row.id, title: n.row.name, children: n.children.map(option) })
  return (
    <>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <Form.Item name="leader_id" label={t('target.leader')} extra={t('target.leader_hint')}><PersonSelect initial={leader} allowClear style={{ width: 220 }} /></Form.Item>
        <Form.Item name="department_id" label={t('target.department')}><DepartmentSelect allowClear style={{ width: 260 }} /></Form.Item>
      </div>
      <Form.Item name="partner_ids" label={t('target.partners')}>
        <TreeSelect multiple treeData={treeOf(departments.data?.items ?? []).map(option)} treeDefaultExpandAll showSearch={{ treeNodeFilterProp: 'title' }} placeholder={t('pick.department')} maxCount={20} />
      </Form.Item>
    </>
  )
}

function Quarters({ form }: { form: FormInstance<Values> }) {
  const counted = (Form.useWatch('measure', form) ?? 'quantity') === 'quantity'
  return (
    <fieldset style={{ border: 0, padding: 0, margin: 0 }}>
      <legend className="quiet">{t('target.milestones_hint')}</legend>
      {[1, 2, 3, 4].map((n, i) => (
        <div key={n} className="row" style={{ alignItems: 'flex-start', flexWrap: 'nowrap' }}>
          <Form.Item name={['quarters', i, 'text']} label={t('target.quarter', { n })} style={{ flex: 1, minWidth: 0 }} dependencies={[['quarters', i, 'value']]}
            rules={[({ getFieldValue }) => ({ validator: () => lacksText(getFieldValue(['quarters', i]) as Values['quarters'][number], counted) ? Promise.reject(new Error(t('target.quarter_text'))) : Promise.resolve() })]}><Input maxLength={200} /></Form.Item>
          {counted && <Form.Item name={['quarters', i, 'value']} label={t('target.by_then')} rules={[{ pattern: AMOUNT, message: t('target.number') }]}><Input inputMode="decimal" style={{ width: 120 }} /></Form.Item>}
        </div>
      ))}
    </fieldset>
  )
}
