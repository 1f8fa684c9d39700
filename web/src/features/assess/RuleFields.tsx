import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { AutoComplete, Button, Checkbox, Form, Input, InputNumber, Select } from 'antd'
import type { ReactNode } from 'react'
import type { Plan, Rule } from '@/api/types'
import { type Key, t } from '@/i18n'
import { chosen, required } from '@/ui/FormDialog'
import { FormulaField } from './FormulaField'
import { levelName, type RuleType } from './rules'

export const POINTS = { pattern: /^\d{1,6}(\.\d{1,4})?$/, get message() { return t('rule.points_wrong') } }
const SIGNED = { pattern: /^-?\d{1,12}(\.\d{1,4})?$/, get message() { return t('rule.points_wrong') } }

interface Props { at: number }

/** A number that is kept as it was typed. */
export function Num({ name, label, must, hint, signed, ph, width = 104 }: { name: (string | number)[]; label: string; must?: boolean; hint?: string; signed?: boolean; ph?: string; width?: number }) {
  return (
    <Form.Item name={name} label={label} rules={[...(must ? [required(label)] : []), signed ? SIGNED : POINTS]} extra={hint}>
      <Input className="num" style={{ width }} inputMode="decimal" placeholder={ph} />
    </Form.Item>
  )
}

/** The rows of a list, each with its own way out. */
export function Rows({ name, add, blank, row }: { name: (string | number)[]; add: string; blank: object; row: (at: number) => ReactNode }) {
  return (
    <Form.List name={name}>
      {(fields, list) => (
        <div className="stack rows">
          {fields.map((f) => (
            <div key={f.key} className="row" style={{ alignItems: 'start' }}>
              {row(f.name)}
              <Form.Item label=" " colon={false}><Button type="text" aria-label={t('rule.row_remove')} icon={<DeleteOutlined />} onClick={() => { list.remove(f.name) }} /></Form.Item>
            </div>
          ))}
          <div><Button size="small" icon={<PlusOutlined />} onClick={() => { list.add(blank) }}>{add}</Button></div>
        </div>
      )}
    </Form.List>
  )
}

export const NORMS = ['max', 'p90', 'rank', 'z', 'per_head']
const LEVELS = ['own', 'upper']
const GRADES = ['excellent', 'good', 'fair', 'poor']

function Levels({ at, label }: Props & { label: string }) {
  return (
    <Rows name={[at, 'levels']} add={t('rule.level_add')} blank={{ level: '', points: '' }} row={(i) => (
      <>
        <Form.Item name={[i, 'level']} label={t('rule.level')}>
          <Level options={LEVELS} />
        </Form.Item>
        <Num name={[i, 'points']} label={label} must />
      </>
    )} />
  )
}

// Levels may be anything the deeds have; what the system knows is offered by name.
function Level({ options, value, onChange }: { options: string[]; value?: string; onChange?: (v: string) => void }) {
  const shown = value && options.includes(value) ? levelName(value) : value
  return <AutoComplete style={{ minWidth: 160 }} value={shown} maxLength={20} options={options.map((l) => ({ value: levelName(l), key: l }))} placeholder={t('rule.any_level_short')}
    onChange={(v: string) => { onChange?.(options.find((l) => levelName(l) === v) ?? v) }} />
}

/** One of a few words. */
export function Choice({ name, label, options, prefix, initial, clear, width = 150 }: { name: (string | number)[]; label: string; options: string[]; prefix: string; initial?: string; clear?: boolean; width?: number }) {
  return (
    <Form.Item name={name} label={label} {...(initial === undefined ? {} : { initialValue: initial })}>
      <Select style={{ minWidth: width }} allowClear={clear ?? false} placeholder={clear ? undefined : t(`${prefix}.${options[0] ?? ''}` as Key)} options={options.map((o) => ({ value: o, label: t(`${prefix}.${o}` as Key) }))} />
    </Form.Item>
  )
}

function Table({ at, label, add }: Props & { label: string; add: string }) {
  return (
    <Rows name={[at, 'table']} add={add} blank={{ at_least: '', points: '' }} row={(i) => (
      <><Num name={[i, 'at_least']} label={label} must signed width={140} /><Num name={[i, 'points']} label={t('assess.points')} must signed /></>
    )} />
  )
}

function Grades({ at }: Props) {
  return (
    <Rows name={[at, 'grades']} add={t('rule.grade_add')} blank={{ grade: '', factor: '' }} row={(i) => (
      <>
        <Form.Item name={[i, 'grade']} label={t('rule.grade_name')} rules={[required(t('rule.grade_name'))]}><Level options={GRADES} /></Form.Item>
        <Num name={[i, 'factor']} label={t('rule.factor')} must />
      </>
    )} />
  )
}

function ByClass({ at, label }: Props & { label: string }) {
  const classes = (Form.useWatch(['plan', 'classes']) as Plan['classes'] | undefined ?? []).filter((c) => c?.code)
  if (classes.length === 0) return null
  return (
    <Rows name={[at, 'by_class']} add={t('rule.by_class_add')} blank={{ class: undefined, value: '' }} row={(i) => (
      <>
        <Form.Item name={[i, 'class']} label={t('plan.class')} rules={[chosen(t('plan.class'))]}><Select style={{ minWidth: 150 }} options={classes.map((c) => ({ value: c.code, label: c.name }))} /></Form.Item>
        <Num name={[i, 'value']} label={label} must />
      </>
    )} />
  )
}

function Of({ at }: Props) {
  const rules = Form.useWatch('rules') as Rule[] | undefined ?? []
  const headings = Form.useWatch(['plan', 'headings']) as Plan['headings'] | undefined ?? []
  const all = [...headings, ...rules.filter((r, i) => r && i !== at)].filter((x) => x?.code)
  return <Form.Item name={[at, 'of']} label={t('rule.of')} extra={t('rule.of_hint')}><Select mode="multiple" options={all.map((x) => ({ value: x.code, label: x.name }))} /></Form.Item>
}

const Measure = ({ at }: Props) => <Choice name={[at, 'measure']} label={t('rule.measure')} options={['count', 'figure']} prefix="rule.measure" initial="count" />
const Highest = ({ at }: Props) => <Form.Item name={[at, 'highest_only']} valuePropName="checked"><Checkbox>{t('rule.highest_only')}</Checkbox></Form.Item>

function Line({ children }: { children: ReactNode }) {
  return <div className="row" style={{ alignItems: 'start' }}>{children}</div>
}

function Shortfall({ at }: Props) {
  const how = Form.useWatch(['rules', at, 'shortfall']) as Rule['shortfall']
  return (
    <>
      <Choice name={[at, 'shortfall']} label={t('rule.shortfall')} options={['zero', 'proportional', 'deduct']} prefix="rule.shortfall" initial="zero" />
      {how === 'deduct' && <><Num name={[at, 'short_points']} label={t('rule.short_points')} must /><Num name={[at, 'floor']} label={t('rule.floor')} signed ph="0" /></>}
    </>
  )
}

const task = (at: number, label: string, must: boolean, hint?: string) => (
  <Form.Item name={[at, 'task']} label={label} rules={must ? [chosen(label)] : []} extra={hint}><InputNumber min={must ? 1 : 0} /></Form.Item>
)

const FORMS: Record<RuleType, (p: Props) => ReactNode> = {
  per_item: ({ at }) => (
    <>
      <Levels at={at} label={t('rule.each_points')} />
      <Highest at={at} />
      <Line>
        <Choice name={[at, 'norm', 'method']} label={t('norm.label')} options={NORMS} prefix="norm" clear />
        <Num name={[at, 'norm', 'weight']} label={t('norm.weight')} /><Num name={[at, 'norm', 'spread']} label={t('rule.spread')} ph="0.5" />
      </Line>
    </>
  ),
  base_task: ({ at }) => (
    <>
      <Line>
        {task(at, t('rule.task'), true)}
        <Choice name={[at, 'every']} label={t('rule.every')} options={['year', 'month', 'quarter']} prefix="rule.every" initial="year" />
        <Num name={[at, 'base_points']} label={t('rule.base_points')} must />
        <Shortfall at={at} />
        <Num name={[at, 'bonus_points']} label={t('rule.bonus_points')} /><Num name={[at, 'bonus_cap']} label={t('rule.bonus_cap')} ph={t('rule.no_cap')} />
      </Line>
      <ByClass at={at} label={t('rule.task')} />
    </>
  ),
  deduction: ({ at }) => (
    <>
      <Line><Num name={[at, 'base_points']} label={t('rule.start_points')} ph="0" /><Num name={[at, 'floor']} label={t('rule.floor')} signed /></Line>
      <Levels at={at} label={t('rule.minus_points')} />
    </>
  ),
  bonus: ({ at }) => <><Line>{task(at, t('rule.over'), false, t('rule.over_hint'))}</Line><Levels at={at} label={t('rule.plus_points')} /><Highest at={at} /></>,
  ratio: ({ at }) => (
    <>
      <Line>
        <Measure at={at} /><Num name={[at, 'target']} label={t('rule.target')} must /><Num name={[at, 'base_points']} label={t('rule.weight')} must />
        <Num name={[at, 'most_ratio']} label={t('rule.most_ratio')} ph="1" /><Num name={[at, 'factor']} label={t('rule.missed')} ph="1" />
      </Line>
      <ByClass at={at} label={t('rule.target')} />
    </>
  ),
  steps: ({ at }) => <><Measure at={at} /><Table at={at} label={t('rule.at_least')} add={t('rule.step_add')} /></>,
  deviation: ({ at }) => (
    <>
      <Line>
        <Measure at={at} /><Num name={[at, 'target']} label={t('rule.target')} must /><Num name={[at, 'base_points']} label={t('rule.base_points')} must />
        <Num name={[at, 'step_percent']} label={t('rule.step_percent')} must /><Num name={[at, 'step_points']} label={t('rule.step_points')} must />
        <Num name={[at, 'bonus_cap']} label={t('rule.up_cap')} ph={t('rule.no_cap')} /><Num name={[at, 'down_cap']} label={t('rule.down_cap')} />
      </Line>
      <ByClass at={at} label={t('rule.target')} />
    </>
  ),
  grade: ({ at }) => (
    <>
      <Line><Num name={[at, 'base_points']} label={t('rule.weight')} must /><Choice name={[at, 'pick']} label={t('rule.pick')} options={['latest', 'lowest', 'average']} prefix="rule.pick" initial="latest" /></Line>
      <Grades at={at} />
    </>
  ),
  rank: ({ at }) => (
    <>
      <Line>
        <Num name={[at, 'base_points']} label={t('rule.first_points')} /><Num name={[at, 'spread']} label={t('rule.spread')} ph="0.5" hint={t('rule.spread_hint')} />
        <Form.Item name={[at, 'fewest']} valuePropName="checked" label=" " colon={false}><Checkbox>{t('rule.fewest')}</Checkbox></Form.Item>
      </Line>
      <Table at={at} label={t('rule.from_place')} add={t('rule.place_add')} />
    </>
  ),
  multiplier: ({ at }) => <><Line><Num name={[at, 'factor']} label={t('rule.factor')} /></Line><Grades at={at} /><ByClass at={at} label={t('rule.factor')} /><Of at={at} /></>,
  category: ({ at }) => <Of at={at} />,
  formula: ({ at }) => (
    <>
      <FormulaField at={at} />
      <Line><Num name={[at, 'target']} label={t('rule.target')} /><Num name={[at, 'base_points']} label={t('rule.base_points')} /><Num name={[at, 'floor']} label={t('rule.floor')} signed /></Line>
      <ByClass at={at} label={t('rule.target')} />
    </>
  ),
  veto: ({ at }) => (
    <Line>
      <Choice name={[at, 'effect']} label={t('rule.effect')} options={['no_excellent', 'one_grade_down', 'fail']} prefix="rule.effect" initial="fail" />
      {task(at, t('rule.events'), false, t('rule.events_hint'))}
    </Line>
  ),
}

/** The form of a rule of a type. */
export function RuleFields({ at, type }: Props & { type: RuleType }) {
  const Fields = FORMS[type]
  return <Fields key={type} at={at} />
}
