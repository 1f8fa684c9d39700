import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Button, Form, Input, InputNumber, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Plan, Rule, Scheme, Unit } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { chosen, required } from '@/ui/FormDialog'
import { Term } from '@/ui/HelpLink'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useScheme } from './data'
import { Findings } from './Findings'
import { OfferDialog } from './Offers'
import { RuleCard } from './RuleCard'
import { SchemeFiles } from './SchemeFiles'
import { SchemeSheet } from './SchemeSheet'
import { SchemeTag } from './Schemes'
import { PlanCards } from './PlanCards'
import { tidy, tidyPlan } from './rules'
import './scheme.css'

/** The editor of a scheme: which units, which rules. */
export function SchemePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useScheme(id)
  const manage = useCan()('assess.manage')
  return (
    <Page help="schemes#rules" name={t('scheme.page')} title={query.data ? <>{query.data.name} <SchemeTag state={query.data.state} /></> : t('scheme.page')} back
      extra={query.data && <><SchemeActions scheme={query.data} manage={manage} /><SchemeFiles scheme={query.data} manage={manage} /></>}>
      <Loaded query={query}>{(s) => (s.state === 'draft' ? <Edit key={s.version} scheme={s} /> : <SchemeSheet scheme={s} />)}</Loaded>
    </Page>
  )
}

// What else can be done with a scheme: try it, compare its versions, offer it to those below.
function SchemeActions({ scheme, manage }: { scheme: Scheme; manage: boolean }) {
  const [offering, setOffering] = useState(false)
  const params = { id: scheme.id }
  return (
    <>
      <Link to="/assess/schemes/$id/try" params={params}><Button type="primary" ghost>{t('scheme.try')}</Button></Link>
      <Link to="/assess/schemes/$id/versions" params={params}><Button>{t('scheme.versions')}</Button></Link>
      {manage && scheme.state !== 'closed' && <Button onClick={() => { setOffering(true) }}>{t('scheme.offer')}</Button>}
      <OfferDialog scheme={scheme} open={offering} close={() => { setOffering(false) }} />
    </>
  )
}

interface Values { name: string; year: number; units: string[]; rules: Rule[]; plan: Plan }

function Edit({ scheme }: { scheme: Scheme }) {
  const [form] = Form.useForm<Values>()
  const units = useQuery({ queryKey: ['assess-units'], queryFn: ({ signal }) => ok(client.GET('/assess/units', { signal })) })
  const params = { path: { id: scheme.id } }
  const candidates = merged(units.data?.items ?? [], scheme.units)
  const save = useAction({
    form,
    run: (v: Values, act) => ok(client.PUT('/assess/schemes/{id}', { ...act(), params, body: {
      name: v.name, year: v.year, version: scheme.version, units: candidates.filter((u) => v.units.includes(u.id)), rules: v.rules.map(tidy),
      plan: tidyPlan(v.plan, v.units),
    } })),
    done: () => t('app.saved'),
  })
  const activate = useAction({
    form,
    run: (_: null, act) => ok(client.POST('/assess/schemes/{id}/activate', { ...act(), params, body: { version: scheme.version } })),
    confirm: () => ({ title: t('scheme.activate_ask', { name: scheme.name }), content: t('scheme.activate_hint'), ok: t('scheme.activate') }),
    done: () => t('scheme.activated', { name: scheme.name }),
  })
  const of = (kind: Unit['kind']) => candidates.filter((u) => u.kind === kind).map((u) => ({ value: u.id, label: u.name }))
  return (
    <Form<Values> form={form} layout="vertical" onFinish={save.go} scrollToFirstError={{ focus: true }}
      initialValues={{ name: scheme.name, year: scheme.year, units: scheme.units.map((u) => u.id), rules: scheme.rules, plan: scheme.plan }}>
      <div className="stack-wide">
        <section className="panel">
          <div className="row" style={{ alignItems: 'start' }}>
            <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]} style={{ flex: 1, minWidth: 220 }}><Input maxLength={80} /></Form.Item>
            <Form.Item name="year" label={t('calendar.year')} rules={[chosen(t('calendar.year'))]}><InputNumber min={2000} max={2100} /></Form.Item>
          </div>
          <Form.Item name="units" label={t('scheme.units')} rules={[chosen(t('scheme.units'))]} extra={t('scheme.units_hint')}>
            <Select mode="multiple" allowClear showSearch={{ optionFilterProp: 'label' }} loading={units.isPending}
              options={[{ label: t('assess.tenants'), options: of('tenant') }, { label: t('assess.departments'), options: of('department') }]} />
          </Form.Item>
        </section>
        <Findings id={scheme.id} version={scheme.version} />
        <PlanCards units={candidates} />
        <Rules />
        <div className="row">
          <Button type="primary" htmlType="submit" loading={save.busy}>{t('app.save')}</Button>
          <Button loading={activate.busy} onClick={() => { activate.go(null) }}>{t('scheme.activate')}</Button>
        </div>
      </div>
    </Form>
  )
}

function Rules() {
  return (
    <Form.List name="rules">
      {(fields, { add, remove }) => (
        <div className="stack-wide">
          <h2 className="section"><Term of="rule">{t('scheme.rules')}</Term></h2>
          {fields.map((f) => <RuleCard key={f.key} at={f.name} remove={() => { remove(f.name) }} />)}
          <Button type="dashed" icon={<PlusOutlined />} onClick={() => { add({ type: 'per_item', levels: [{ level: '', points: '' }], highest_only: true }) }}>{t('scheme.add_rule')}</Button>
        </div>
      )}
    </Form.List>
  )
}

// Units chosen before may no longer be candidates; they stay choosable.
function merged(candidates: Unit[], chosenBefore: Unit[]): Unit[] {
  return [...new Map([...candidates, ...chosenBefore].map((u) => [u.id, u])).values()]
}
