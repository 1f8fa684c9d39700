import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Select } from 'antd'
import dayjs from 'dayjs'
import { client, ok } from '@/api/client'
import type { Scheme } from '@/api/types'
import { type Key, t } from '@/i18n'
import { type Period, PeriodInput } from '@/ui/DaysInput'
import { chosen } from '@/ui/FormDialog'
import { type Search, useAddress } from '@/ui/useAddress'
import { useRounds, useSchemes } from './data'
import { FIELDS, type RuleType } from './rules'
import { BESIDE, besideOf, textOf } from './trying'

interface Values { beside?: string; round?: string; period?: Period; with?: string; version?: string; code?: string; field?: string; value?: string }

// The fields of a rule one may ask “what if” about.
const ASKABLE = new Set(['levels', 'task', 'base_points', 'short_points', 'bonus_points', 'bonus_cap', 'target', 'most_ratio', 'factor', 'table', 'step_percent', 'step_points', 'down_cap', 'grades', 'spread', 'formula', 'floor', 'cap'])

/** What is to be tried: for which days, and beside what. It stands in the address, so that it can be sent to a colleague. */
export function TryForm({ scheme, busy }: { scheme: Scheme; busy: boolean }) {
  const [search, set] = useAddress()
  const [form] = Form.useForm<Values>()
  const beside = Form.useWatch('beside', form) ?? besideOf(search)
  const rounds = useRounds()
  const rest = beside === 'round' ? <Rounds rounds={rounds.data?.items ?? []} /> : (
    <Form.Item name="period" label={t('assess.period')} rules={[chosen(t('assess.period'))]}><PeriodInput presets={lastYears(scheme.year)} /></Form.Item>
  )
  return (
    <section className="panel">
      <p className="quiet">{t('try.hint')}</p>
      <Form<Values> form={form} layout="vertical" onFinish={(v) => { set({ ...NOTHING, ...addressOf(v, beside, scheme) }) }} initialValues={valuesOf(search, scheme)}>
        <div className="row" style={{ alignItems: 'start' }}>
          <Form.Item name="beside" label={t('try.beside')}><Select style={{ minWidth: 170 }} options={BESIDE.map((b) => ({ value: b, label: t(`try.with.${b}`) }))} /></Form.Item>
          {rest}
          {beside === 'version' && <Versions scheme={scheme} />}
          {beside === 'scheme' && <Schemes scheme={scheme} />}
          {beside === 'change' && <Change scheme={scheme} />}
          <Form.Item label=" " colon={false}><Button type="primary" htmlType="submit" loading={busy}>{t('try.do')}</Button></Form.Item>
        </div>
      </Form>
    </section>
  )
}

function Rounds({ rounds }: { rounds: { id: string; name: string; from: string; to: string; computed_at?: string | null }[] }) {
  return (
    <Form.Item name="round" label={t('assess.round')} rules={[chosen(t('assess.round'))]}>
      <Select style={{ minWidth: 260 }} showSearch={{ optionFilterProp: 'label' }} options={rounds.filter((r) => r.computed_at).map((r) => ({ value: r.id, label: t('try.round', { name: r.name, from: r.from, to: r.to }) }))} />
    </Form.Item>
  )
}

function Versions({ scheme }: { scheme: Scheme }) {
  const query = useQuery({ queryKey: ['scheme-versions', scheme.id], queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}/versions', { signal, params: { path: { id: scheme.id }, query: { limit: 200 } } })) })
  return (
    <Form.Item name="version" label={t('try.version')} rules={[chosen(t('try.version'))]}>
      <Select style={{ minWidth: 160 }} loading={query.isPending} options={(query.data?.items ?? []).filter((v) => v.version !== scheme.version).map((v) => ({ value: String(v.version), label: t('version.nth', { n: v.version }) }))} />
    </Form.Item>
  )
}

function Schemes({ scheme }: { scheme: Scheme }) {
  const schemes = useSchemes()
  return (
    <Form.Item name="with" label={t('try.scheme')} rules={[chosen(t('try.scheme'))]}>
      <Select style={{ minWidth: 240 }} options={(schemes.data?.items ?? []).filter((s) => s.id !== scheme.id).map((s) => ({ value: s.id, label: t('scheme.copy_name', { year: s.year, name: s.name }) }))} />
    </Form.Item>
  )
}

// One thing that might be different: a field of a rule, or the weight, cap or floor of a heading.
function Change({ scheme }: { scheme: Scheme }) {
  const form = Form.useFormInstance<Values>()
  const code = Form.useWatch('code', form)
  const field = Form.useWatch('field', form)
  const rule = scheme.rules.find((r) => r.code === code)
  const heading = (scheme.plan.headings ?? []).find((h) => h.code === code)
  const fields = rule ? FIELDS[rule.type].filter((f) => ASKABLE.has(f)) : heading ? ['weight', 'cap', 'floor'] : []
  return (
    <>
      <Form.Item name="code" label={t('try.what')} rules={[chosen(t('try.what'))]}>
        <Select style={{ minWidth: 200 }} showSearch={{ optionFilterProp: 'label' }} onChange={() => { form.setFieldsValue({ field: undefined as never, value: '' }) }} options={[
          { label: t('plan.headings'), options: (scheme.plan.headings ?? []).map((h) => ({ value: h.code, label: h.name })) },
          { label: t('scheme.rules'), options: scheme.rules.map((r) => ({ value: r.code, label: r.name })) },
        ]} />
      </Form.Item>
      <Form.Item name="field" label={t('try.field')} rules={[chosen(t('try.field'))]}>
        <Select style={{ minWidth: 140 }} options={fields.map((f) => ({ value: f, label: fieldName(f, rule?.type) }))}
          onChange={(f: string) => { form.setFieldValue('value', textOf((rule ?? heading) as never, f)) }} />
      </Form.Item>
      <Form.Item name="value" label={t('try.value')} extra={field === 'weight' && heading ? t('try.weight_hint') : undefined}><Input style={{ minWidth: 160 }} /></Form.Item>
    </>
  )
}

/** What a field of a rule or a heading is called. */
export function fieldName(field: string, type?: RuleType): string {
  if (field === 'floor' || field === 'cap') return t(`rule.${field}` as Key)
  return t(`scheme_field.${field}` as Key, { type: type ?? '' })
}

const NOTHING: Search = { round: undefined, from: undefined, to: undefined, with: undefined, with_version: undefined, code: undefined, field: undefined, value: undefined }

function valuesOf(s: Search, scheme: Scheme): Values {
  const year = scheme.year - 1
  return filled({
    beside: besideOf(s), round: s.round, with: s.with, version: s.with_version, code: s.code, field: s.field, value: s.value,
    period: s.from && s.to ? { from: s.from, to: s.to } : { from: `${year}-01-01`, to: `${year}-12-31` },
  })
}

const filled = (o: object) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as Values

function addressOf(v: Values, beside: string, scheme: Scheme): Search {
  if (beside === 'round') return { round: v.round }
  const days = { from: v.period?.from, to: v.period?.to }
  if (beside === 'version') return { ...days, with: scheme.id, with_version: v.version }
  if (beside === 'scheme') return { ...days, with: v.with }
  if (beside === 'change') return { ...days, code: v.code, field: v.field, value: v.value }
  return days
}

const lastYears = (year: number) => [year - 1, year].map((y) => ({ label: String(y), value: [dayjs(`${y}-01-01`), dayjs(`${y}-12-31`)] as [dayjs.Dayjs, dayjs.Dayjs] }))

