import { Button, Form, Input } from 'antd'
import { useId } from 'react'
import type { Rule } from '@/api/types'
import { t } from '@/i18n'
import { HelpLink } from '@/ui/HelpLink'
import { required } from '@/ui/FormDialog'

/** A formula, with the names it may use a click away. */
export function FormulaField({ at }: { at: number }) {
  const form = Form.useFormInstance()
  const rules = (Form.useWatch('rules') as Rule[] | undefined ?? []).filter((r, i) => r?.name && i !== at)
  const id = useId()
  const insert = (text: string) => {
    const area = document.getElementById(id) as HTMLTextAreaElement | null
    const was = String(form.getFieldValue(['rules', at, 'formula']) ?? '')
    const [from, to] = [area?.selectionStart ?? was.length, area?.selectionEnd ?? was.length]
    form.setFieldValue(['rules', at, 'formula'], was.slice(0, from) + text + was.slice(to))
    area?.focus()
  }
  const names = (label: string, all: string[]) => (
    <div className="row" role="group" aria-label={label}>
      <span className="quiet">{label}</span>
      {all.map((x) => <Button key={x} size="small" onClick={() => { insert(x) }}>{x}</Button>)}
    </div>
  )
  return (
    <div className="stack" style={{ marginBottom: 12 }}>
      <Form.Item name={[at, 'formula']} label={<>{t('rule.formula')} <HelpLink page="schemes" at="formula" about={t('rule.formula')} /></>} rules={[required(t('rule.formula'))]} style={{ marginBottom: 0 }}>
        <Input.TextArea id={id} maxLength={500} autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} className="mono" placeholder={t('rule.formula_ph')} />
      </Form.Item>
      {names(t('rule.formula_figures'), t('rule.formula_figures_list').split(' '))}
      {names(t('rule.formula_parts'), t('rule.formula_parts_list').split(';'))}
      {rules.length > 0 && names(t('rule.formula_rules'), rules.map((r) => t('rule.formula_points', { name: r.name })))}
    </div>
  )
}
