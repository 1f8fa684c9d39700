import { Form, Input, InputNumber, Radio, TreeSelect } from 'antd'
import { client, ok } from '@/api/client'
import type { Column, ColumnDraft } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { WithTerm } from '@/ui/HelpLink'
import { DepartmentSelect } from '@/ui/pickers'
import { type Node, treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'
import { INHERITED, NO_RULE, type Rule, ruleOf } from './interval'
import { PurposeField, RuleFields, type RuleForm, ruleForm, ruleSpec } from './RuleFields'

type Fields = Omit<ColumnDraft, 'rules'> & { rule: Rule; rules: RuleForm }

/** Makes or changes a column. */
export function ColumnDialog({ row, columns, close }: { row: Partial<Column> | undefined; columns: Column[]; close: () => void }) {
  const [form] = Form.useForm<Fields>()
  const id = row?.id
  const save = useAction({
    form,
    run: ({ rule, rules, ...v }: Fields, act) => {
      const body = { ...v, rules: ruleSpec(rules), max_interval_days: rule === 'own' ? v.max_interval_days : rule === 'none' ? NO_RULE : INHERITED }
      return id
        ? ok(client.PATCH('/publish/columns/{id}', { ...act(), params: { path: { id } }, body: { ...body, version: row.version ?? 0 } }))
        : ok(client.POST('/publish/columns', { ...act(), body }))
    },
    done: (c) => t('column.saved', { name: c.name }),
    after: close,
  })
  const option = (n: Node<Column>): object => ({ value: n.row.id, title: n.row.name, disabled: n.row.id === id, children: n.children.map(option) })
  return (
    <FormDialog title={t(id ? 'column.edit' : 'column.new')} open={row !== undefined} close={close} form={form} action={save} width={640} initial={{
      name: row?.name, parent_id: row?.parent_id ?? undefined, department_id: row?.department_id ?? undefined, review_levels: row?.review_levels ?? 1, sort: row?.sort ?? 10, rule: ruleOf(row), purpose: row?.purpose ?? '', rules: ruleForm(row),
      max_interval_days: row?.max_interval_days || 30,
    }}>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={40} autoFocus /></Form.Item>
      <PurposeField />
      <Form.Item name="parent_id" label={t('column.parent')}><TreeSelect allowClear treeDefaultExpandAll treeData={treeOf(columns).map(option)} placeholder={t('dept.top')} /></Form.Item>
      <Form.Item name="department_id" label={t('column.department')} extra={t('column.department_hint')}><DepartmentSelect allowClear /></Form.Item>
      <Form.Item name="review_levels" label={t('column.levels')} extra={<WithTerm of="levels" about={t('column.levels')}>{t('column.levels_hint')}</WithTerm>} rules={[chosen(t('column.levels'))]}><InputNumber min={1} max={5} /></Form.Item>
      <Form.Item name="rule" label={t('column.interval')} extra={t('column.interval_hint')}>
        <Radio.Group options={[
          { value: 'inherit', label: t('column.interval_inherit') }, { value: 'own', label: t('column.interval_own') }, { value: 'none', label: t('column.interval_none') },
        ]} />
      </Form.Item>
      <Form.Item noStyle dependencies={['rule']}>
        {() => form.getFieldValue('rule') === 'own' && (
          <Form.Item name="max_interval_days" label={t('column.interval_own')} rules={[chosen(t('column.interval'))]}>
            <InputNumber min={1} max={3660} precision={0} suffix={t('column.days')} style={{ width: 140 }} />
          </Form.Item>
        )}
      </Form.Item>
      <Form.Item name="sort" label={t('dept.sort')}><InputNumber min={0} max={9999} /></Form.Item>
      <RuleFields />
    </FormDialog>
  )
}
