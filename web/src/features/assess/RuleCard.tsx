import { DeleteOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Plan, Rule } from '@/api/types'
import { t } from '@/i18n'
import { chosen, required } from '@/ui/FormDialog'
import { Num, RuleFields } from './RuleFields'
import { FIELDS, namesOf, sentences, TYPES } from './rules'

/** One rule of a scheme: its type, what it counts, the form of its type, and what all that says. */
export function RuleCard({ at, remove }: { at: number; remove: () => void }) {
  const rule = Form.useWatch(['rules', at]) as Rule | undefined
  const rules = Form.useWatch('rules') as Rule[] | undefined
  const plan = Form.useWatch('plan') as Plan | undefined
  const kinds = useQuery({ queryKey: ['deed-kinds'], queryFn: ({ signal }) => ok(client.GET('/assess/deed-kinds', { signal })) })
  const type = rule?.type ?? 'per_item'
  const headings = (plan?.headings ?? []).filter((h) => h?.code)
  const counts = type !== 'category'
  const free = type === 'multiplier' || type === 'formula' // need not count anything
  return (
    <section className="panel">
      <div className="row-between">
        <Form.Item name={[at, 'type']} label={t('rule.type')}>
          <Select style={{ minWidth: 180 }} options={TYPES.map((x) => ({ value: x, label: t(`rule.${x}`) }))} />
        </Form.Item>
        <Button danger type="text" icon={<DeleteOutlined />} onClick={remove}>{t('rule.remove')}</Button>
      </div>
      <p className="quiet">{t(`rule.about.${type}`)}</p>
      <div className="row" style={{ alignItems: 'start' }}>
        <Form.Item name={[at, 'name']} label={t('rule.name')} rules={[required(t('rule.name'))]} style={{ flex: 2, minWidth: 180 }}><Input maxLength={40} /></Form.Item>
        <Form.Item name={[at, 'code']} label={t('rule.code')} rules={[required(t('rule.code'))]} style={{ flex: 1, minWidth: 120 }}><Input maxLength={32} autoCapitalize="none" spellCheck={false} /></Form.Item>
        {counts && (
          <Form.Item name={[at, 'deed_kind']} label={t('rule.deed_kind')} rules={free ? [] : [chosen(t('rule.deed_kind'))]} style={{ flex: 2, minWidth: 180 }}
            extra={(kinds.data?.items ?? []).find((k) => k.kind === rule?.deed_kind)?.note}>
            <Select loading={kinds.isPending} allowClear={free} options={(kinds.data?.items ?? []).map((k) => ({ value: k.kind, label: k.name }))} />
          </Form.Item>
        )}
        {headings.length > 0 && (
          <Form.Item name={[at, 'heading']} label={t('plan.heading')} style={{ flex: 1, minWidth: 160 }}>
            <Select allowClear options={headings.map((h) => ({ value: h.code, label: h.name }))} />
          </Form.Item>
        )}
        {FIELDS[type].includes('cap') && <Num name={[at, 'cap']} label={t('rule.cap')} ph={t('rule.no_cap')} />}
      </div>
      <RuleFields at={at} type={type} />
      {rule?.type && <ul className="said" aria-label={t('rule.said')}>{sentences(rule, namesOf(rules, plan)).map((s) => <li key={s}>{s}</li>)}</ul>}
    </section>
  )
}
