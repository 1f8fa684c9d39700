import { Form, Input, InputNumber, Select, Table } from 'antd'
import type { Plan, Unit } from '@/api/types'
import { t } from '@/i18n'
import { Milestones } from './Milestones'
import { Choice, NORMS, Num, Rows } from './RuleFields'
import { chosen, required } from '@/ui/FormDialog'
import { format, parse } from './decimal'

type Member = NonNullable<Plan['members']>[number]

/** What a scheme says beside its rules: headings and weights, classes of units, the scale and the grades. */
export function PlanCards({ units }: { units: Unit[] }) {
  return (
    <>
      <Headings />
      <Classes units={units} />
      <Scale />
    </>
  )
}

function Headings() {
  const plan = Form.useWatch('plan') as Plan | undefined
  const all = (plan?.headings ?? []).filter((h) => h?.code)
  return (
    <section className="panel">
      <h2>{t('plan.headings')}</h2>
      <p className="quiet">{t('plan.headings_hint')}</p>
      <div className="row" style={{ alignItems: 'start' }}>
        <Num name={['plan', 'sum']} label={t('plan.sum')} ph="100" />
        <Sum headings={all} wanted={plan?.sum} />
      </div>
      <Rows name={['plan', 'headings']} add={t('plan.heading_add')} blank={{ kind: 'basic' }} row={(i) => (
        <>
          <Form.Item name={[i, 'name']} label={t('plan.heading')} rules={[required(t('plan.heading'))]} style={{ flex: 1, minWidth: 130 }}><Input maxLength={60} /></Form.Item>
          <Form.Item name={[i, 'code']} label={t('plan.code')} rules={[required(t('plan.code'))]}><Input maxLength={32} style={{ width: 80 }} autoCapitalize="none" spellCheck={false} /></Form.Item>
          <Form.Item name={[i, 'parent']} label={t('plan.parent')}><Select allowClear style={{ minWidth: 120 }} options={all.map((h) => ({ value: h.code, label: h.name }))} /></Form.Item>
          <Choice name={[i, 'kind']} label={t('plan.kind')} options={['basic', 'bonus', 'deduction']} prefix="plan.kind" width={84} />
          <Num name={[i, 'weight']} label={t('plan.weight')} width={68} />
          <Num name={[i, 'cap']} label={t('rule.cap')} ph={t('rule.no_cap')} width={76} />
          <Num name={[i, 'floor']} label={t('rule.floor')} signed width={68} />
          <Form.Item name={[i, 'leader']} label={t('plan.leader')}><Input maxLength={40} style={{ width: 84 }} /></Form.Item>
          <Form.Item name={[i, 'department']} label={t('plan.department')}><Input maxLength={60} style={{ width: 100 }} /></Form.Item>
          <Form.Item name={[i, 'assisting']} hidden><Input /></Form.Item>
          <Form.Item name={[i, 'milestones']} label=" " colon={false}><Milestones at={i} name={plan?.headings?.[i]?.name} /></Form.Item>
        </>
      )} />
    </section>
  )
}

// What the weights at the top add up to now, beside what they must.
function Sum({ headings, wanted }: { headings: NonNullable<Plan['headings']>; wanted: string | undefined }) {
  if (headings.length === 0) return null
  const top = headings.filter((h) => !h.parent && (h.kind ?? 'basic') === 'basic')
  const sum = top.reduce((s, h) => s + (/^\d{1,6}(\.\d{1,4})?$/.test(h.weight ?? '') ? parse(h.weight ?? '0') : 0n), 0n)
  const right = /^\d{1,6}(\.\d{1,4})?$/.test(wanted ?? '') ? parse(wanted ?? '100') : parse('100')
  return <p role="status" className={sum === right ? 'quiet' : 'sum-wrong'} style={{ paddingTop: 34 }}>{t(sum === right ? 'plan.sum_right' : 'plan.sum_wrong', { sum: format(sum), wanted: format(right) })}</p>
}

function Classes({ units }: { units: Unit[] }) {
  const plan = Form.useWatch('plan') as Plan | undefined
  const chosenUnits = Form.useWatch('units') as string[] | undefined ?? []
  const classes = (plan?.classes ?? []).filter((c) => c?.code)
  const headings = (plan?.headings ?? []).filter((h) => h?.code)
  return (
    <section className="panel">
      <h2>{t('plan.classes')}</h2>
      <p className="quiet">{t('plan.classes_hint')}</p>
      <Rows name={['plan', 'classes']} add={t('plan.class_add')} blank={{}} row={(i) => (
        <>
          <Form.Item name={[i, 'name']} label={t('plan.class')} rules={[required(t('plan.class'))]}><Input maxLength={40} /></Form.Item>
          <Form.Item name={[i, 'code']} label={t('plan.code')} rules={[required(t('plan.code'))]}><Input maxLength={32} style={{ width: 104 }} autoCapitalize="none" spellCheck={false} /></Form.Item>
        </>
      )} />
      {chosenUnits.length > 0 && (
        <Form.Item name={['plan', 'members']} style={{ marginTop: 16, marginBottom: 0 }}>
          <Members units={units.filter((u) => chosenUnits.includes(u.id))} classes={classes} headings={headings} />
        </Form.Item>
      )}
    </section>
  )
}

interface MembersProps { units: Unit[]; classes: NonNullable<Plan['classes']>; headings: NonNullable<Plan['headings']>; value?: Member[]; onChange?: (v: Member[]) => void }

function Members({ units, classes, headings, value = [], onChange }: MembersProps) {
  const of = (id: string): Member => value.find((m) => m.unit === id) ?? { unit: id }
  const set = (id: string, change: Partial<Member>) => { onChange?.([...value.filter((m) => m.unit !== id), { ...of(id), ...change }]) }
  return (
    <Table<Unit> size="small" rowKey="id" dataSource={units} pagination={units.length > 20 ? { pageSize: 20 } : false} scroll={{ x: 'max-content' }} columns={[
      { title: t('assess.unit'), dataIndex: 'name' },
      { title: t('plan.class'), render: (_, u) => (
        <Select allowClear size="small" aria-label={t('plan.class_of', { name: u.name })} style={{ width: 150 }} value={of(u.id).class ?? null} options={classes.map((c) => ({ value: c.code, label: c.name }))}
          onChange={(c: string | undefined | null) => { set(u.id, { class: c ?? '' }) }} />
      ) },
      { title: t('plan.staff'), render: (_, u) => (
        <InputNumber size="small" min={0} max={1000000} aria-label={t('plan.staff_of', { name: u.name })} value={of(u.id).staff ?? null} onChange={(n) => { set(u.id, { staff: n ?? 0 }) }} />
      ) },
      { title: t('plan.exempt'), render: (_, u) => (
        <Select mode="multiple" size="small" aria-label={t('plan.exempt_of', { name: u.name })} style={{ minWidth: 200 }} value={of(u.id).exempt ?? []} options={headings.map((h) => ({ value: h.code, label: h.name }))}
          onChange={(exempt: string[]) => { set(u.id, { exempt }) }} />
      ) },
    ]} />
  )
}

function Scale() {
  return (
    <section className="panel">
      <h2>{t('plan.grades')}</h2>
      <p className="quiet">{t('plan.grades_hint')}</p>
      <Rows name={['plan', 'grades']} add={t('plan.grade_add')} blank={{}} row={(i) => (
        <>
          <Form.Item name={[i, 'name']} label={t('plan.grade')} rules={[chosen(t('plan.grade'))]}><Input maxLength={20} style={{ width: 130 }} /></Form.Item>
          <Num name={[i, 'at_least']} label={t('plan.grade_from')} must signed />
        </>
      )} />
      <div className="row" style={{ alignItems: 'start', marginTop: 12 }}>
        <Choice name={['plan', 'norm', 'method']} label={t('plan.norm')} options={NORMS} prefix="norm" clear />
        <Num name={['plan', 'norm', 'weight']} label={t('norm.weight')} />
        <Num name={['plan', 'norm', 'spread']} label={t('rule.spread')} ph="0.5" />
      </div>
    </section>
  )
}
