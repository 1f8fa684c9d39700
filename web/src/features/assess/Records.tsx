import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, InputNumber, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Rule, Scheme, ScoreRecord } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { levelName, namesOf } from './rules'

/** What was entered by hand for the rules of a scheme; wrong ones are taken back, never changed. */
export function Records({ scheme, rules }: { scheme: Scheme; rules: Rule[] }) {
  const manage = useCan()('assess.manage') && scheme.state === 'active'
  const [making, setMaking] = useState(false)
  const [wrong, setWrong] = useState<ScoreRecord>()
  const [reason] = Form.useForm<Reason>()
  const params = { path: { id: scheme.id } }
  const query = useQuery({ queryKey: ['records', scheme.id], queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}/records', { signal, params: { ...params, query: { limit: 100 } } })) })
  const back = useAction({
    form: reason,
    run: ({ reason }: Reason, act) => ok(client.POST('/assess/schemes/{id}/reversals', { ...act(), params, body: { record: wrong?.id ?? '', reason } })),
    done: () => t('record.reversed_done'),
    after: () => { setWrong(undefined) },
  })
  const name = namesOf(scheme.rules, scheme.plan)
  const columns: Col<ScoreRecord>[] = [
    { key: 'rule', title: t('assess.rule'), fixed: true, render: (r) => name(r.rule) },
    { key: 'unit', title: t('assess.unit'), fixed: true, render: (r) => r.unit.name },
    { key: 'level', title: t('record.level'), render: (r) => (r.level ? levelName(r.level) : '') },
    { key: 'n', title: t('assess.n'), align: 'right', render: (r) => r.n },
    { key: 'title', title: t('record.title'), render: (r) => <>{r.title} {r.reversed && <Tag>{t('record.reversed')}</Tag>}</> },
    { key: 'at', title: t('record.at'), render: (r) => `${dateTime(r.at)} ${r.by_name}` },
    { key: 'actions', title: '', align: 'right', fixed: true, render: (r) => (manage && !r.reversed ? <Button size="small" onClick={() => { setWrong(r) }}>{t('record.reverse')}</Button> : null) },
  ]
  return (
    <section className="panel">
      <h2>{t('record.list')}</h2>
      {manage && <p><Button icon={<PlusOutlined />} onClick={() => { setMaking(true) }}>{t('record.new')}</Button></p>}
      <DataTable id="records" label={t('record.list')} query={query} columns={columns} rowKey={(r) => r.id} paged={false} empty={<Nothing text={t('record.empty')} />} />
      <NewRecord scheme={scheme} rules={rules} open={making} close={() => { setMaking(false) }} />
      <ReasonDialog open={wrong !== undefined} close={() => { setWrong(undefined) }} title={t('record.reverse_ask', { title: wrong?.title ?? '' })} form={reason} action={back} danger />
    </section>
  )
}

// The levels a formula asks for.
function asked(formula: string | undefined): string[] {
  return [...(formula ?? '').matchAll(new RegExp(`${t('rule.formula_level')}\\s*[(（]\\s*["“]([^"”]+)["”]`, 'g'))].map((m) => m[1] ?? '')
}

interface Values { rule: string; unit: string; level?: string; n?: number; title: string }

function NewRecord({ scheme, rules, open, close }: { scheme: Scheme; rules: Rule[]; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const code = Form.useWatch('rule', form)
  const rule = rules.find((r) => r.code === code)
  const make = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/assess/schemes/{id}/records', { ...act(), params: { path: { id: scheme.id } }, body: v })),
    done: (r) => t('record.made', { name: r.unit.name }),
    after: close,
  })
  const levels = [...(rule?.grades ?? []).map((g) => g.grade), ...(rule?.levels ?? []).map((l) => l.level), ...asked(rule?.formula)]
  return (
    <FormDialog title={t('record.new')} open={open} close={close} form={form} action={make} initial={{ n: 1 }}>
      <Form.Item name="rule" label={t('assess.rule')} rules={[chosen(t('assess.rule'))]}><Select options={rules.map((r) => ({ value: r.code, label: r.name }))} onChange={() => { form.resetFields(['level']) }} /></Form.Item>
      <Form.Item name="unit" label={t('assess.unit')} rules={[chosen(t('assess.unit'))]}><Select showSearch={{ optionFilterProp: 'label' }} options={scheme.units.map((u) => ({ value: u.id, label: u.name }))} /></Form.Item>
      {rule?.measure === 'figure' && <Form.Item name="level" label={t('record.figure')} rules={[required(t('record.figure'))]}><Input className="num" inputMode="decimal" style={{ width: 160 }} /></Form.Item>}
      {rule?.measure !== 'figure' && levels.some(Boolean) && (
        <Form.Item name="level" label={t('record.level')} rules={[chosen(t('record.level'))]}><Select options={levels.map((l) => ({ value: l, label: levelName(l) }))} /></Form.Item>
      )}
      {rule?.measure !== 'figure' && (rule?.grades ?? []).length === 0 && <Form.Item name="n" label={t('assess.n')}><InputNumber min={1} max={10000} /></Form.Item>}
      <Form.Item name="title" label={t('record.title')} rules={[required(t('record.title'))]} extra={t('record.title_hint')}><Input.TextArea maxLength={200} rows={2} /></Form.Item>
    </FormDialog>
  )
}
