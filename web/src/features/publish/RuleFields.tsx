// What holds in a column: the fields that set it, and the list that shows where each comes from.
import { Checkbox, Form, Input, Radio } from 'antd'
import type { Column, ColumnDraft } from '@/api/types'
import { t } from '@/i18n'
import { DayInput } from '@/ui/DayInput'
import { WithTerm } from '@/ui/HelpLink'
import './columns.css'

export const KINDS = ['news', 'notice', 'announcement', 'briefing'] as const
const SWITCHES = ['sign', 'comments', 'receipts', 'all_staff'] as const
type Switch = (typeof SWITCHES)[number]
type Turn = 'inherit' | 'on' | 'off'

export interface RuleForm extends Record<Switch, Turn> { kinds: string[]; named_from: string | undefined }

export const ruleForm = (c: Partial<Column> | undefined): RuleForm => ({
  kinds: c?.sets?.kinds ?? [], named_from: c?.sets?.named_from ?? undefined,
  ...Object.fromEntries(SWITCHES.map((s) => [s, turnOf(c?.sets?.[s])])) as Record<Switch, Turn>,
})

function turnOf(set: boolean | null | undefined): Turn {
  if (set === undefined || set === null) return 'inherit'
  return set ? 'on' : 'off'
}

/** What the server takes. */
export const ruleSpec = ({ named_from, ...r }: RuleForm): NonNullable<ColumnDraft['rules']> => ({
  ...r, ...(named_from ? { named_from } : {}),
})

/** The fields, under `rules` of a column's form. */
export function RuleFields() {
  const turns = (['inherit', 'on', 'off'] as const).map((v) => ({ value: v, label: t(v === 'inherit' ? 'column.rule_as_above' : v === 'on' ? 'column.rule_on' : 'column.rule_off') }))
  return (
    <fieldset className="plain-fieldset">
      <legend className="section">{t('column.rules')}</legend>
      <Form.Item name={['rules', 'kinds']} label={t('column.kinds')} extra={t('column.kinds_hint')}>
        <Checkbox.Group options={KINDS.map((k) => ({ value: k, label: t(`item.kind.${k}`) }))} />
      </Form.Item>
      <Form.Item name={['rules', 'sign']} label={t('column.sign')} extra={<WithTerm of="sign" about={t('column.sign')}>{t('column.sign_hint')}</WithTerm>}><Radio.Group options={turns} /></Form.Item>
      <Form.Item name={['rules', 'named_from']} label={t('column.named_from')} extra={t('column.named_from_hint')}>
        <DayInput placeholder={t('column.rule_as_above')} />
      </Form.Item>
      {(['comments', 'receipts', 'all_staff'] as const).map((s) => (
        <Form.Item key={s} name={['rules', s]} label={t(`column.${s}`)}><Radio.Group options={turns} /></Form.Item>
      ))}
    </fieldset>
  )
}

/** The purpose of a column, which a department words as well. */
export function PurposeField() {
  return <Form.Item name="purpose" label={t('column.purpose')}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
}

export function kindsText(kinds: readonly string[]): string {
  return kinds.map((k) => t(`item.kind.${k as (typeof KINDS)[number]}`)).join(t('app.comma'))
}

/** What holds here, each with where it comes from. */
export function RuleList({ column }: { column: Column }) {
  const { sets, rules } = column
  const rows: [string, string, boolean][] = [
    [t('column.levels'), String(column.review_levels), true],
    [t('column.kinds'), kindsText(rules.kinds), sets.kinds.length > 0],
    ...SWITCHES.map((s): [string, string, boolean] => [t(`column.${s}`), t(rules[s] ? 'column.rule_on' : 'column.rule_off'), sets[s] !== null]),
    [t('column.named_from'), rules.named_from ? t('column.named_since', { day: rules.named_from }) : t('column.named_none'), sets.named_from !== null],
  ]
  return (
    <dl className="column-rules">
      {rows.map(([name, value, own]) => (
        <div key={name}><dt>{name}</dt><dd>{value} <small className="quiet">{t(own ? 'column.rule_own' : column.parent_id ? 'column.rule_above' : 'column.rule_default')}</small></dd></div>
      ))}
    </dl>
  )
}
