import { PlusOutlined } from '@ant-design/icons'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, Form, Input, InputNumber, Select, Tag } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Offer, SchemeRow } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { thisYear } from '@/ui/day'
import { type Period, PeriodInput } from '@/ui/DaysInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useSchemes } from './data'
import { FromAbove, OfferedHere, useOffers } from './Offers'

export function SchemeTag({ state }: { state: SchemeRow['state'] }) {
  return <Tag color={state === 'active' ? 'success' : 'default'}>{t(`scheme.state.${state}`)}</Tag>
}

/** The yearly schemes and their rounds. */
export function Schemes() {
  const query = useSchemes()
  const [making, setMaking] = useState(false)
  const [begin, setBegin] = useState<Offer>()
  const [round, setRound] = useState<SchemeRow>()
  const columns: Col<SchemeRow>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, render: (s) => <Link to="/assess/schemes/$id" params={{ id: s.id }}>{s.name}</Link> },
    { key: 'year', title: t('calendar.year'), align: 'right', render: (s) => s.year },
    { key: 'state', title: t('app.state'), render: (s) => <SchemeTag state={s.state} /> },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (s) => s.state === 'active' ? <Button size="small" onClick={() => { setRound(s) }}>{t('round.new')}</Button> : null },
  ]
  return (
    <Page help="schemes" name={t('assess.schemes')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setMaking(true) }}>{t('scheme.new')}</Button>}>
      <div className="stack-wide">
        <section className="panel">
          <DataTable id="schemes" label={t('assess.schemes')} query={query} columns={columns} rowKey={(s) => s.id} paged={false} empty={<Nothing text={t('scheme.empty')} />} />
        </section>
        <FromAbove begin={(o) => { setBegin(o); setMaking(true) }} />
        <OfferedHere />
      </div>
      <NewScheme open={making} begin={begin} close={() => { setMaking(false); setBegin(undefined) }} />
      <NewRound scheme={round} close={() => { setRound(undefined) }} />
    </Page>
  )
}

function NewScheme({ open, begin: offer, close }: { open: boolean; begin: Offer | undefined; close: () => void }) {
  const [form] = Form.useForm<Draft>()
  const navigate = useNavigate()
  const templates = useQuery({ queryKey: ['assess-templates'], enabled: open, staleTime: Infinity, queryFn: ({ signal }) => ok(client.GET('/assess/templates', { signal })) })
  const schemes = useSchemes()
  const offers = useOffers('above')
  const begin = Form.useWatch('begin', form) as string | undefined
  const template = templates.data?.items?.find((x) => `template:${x.code}` === begin)
  const make = useAction({
    form,
    run: ({ begin, year, name }: Draft, act) => ok(client.POST('/assess/schemes', { ...act(), body: { year, name, ...beginning(begin) } })),
    after: (s) => { void navigate({ to: '/assess/schemes/$id', params: { id: s.id } }) },
  })
  const year = offer?.year ?? thisYear()
  return (
    <FormDialog title={t('scheme.new')} open={open} close={close} form={form} action={make} initial={{ year, name: t('scheme.name_default', { year }), ...(offer ? { begin: `offer:${offer.id}` } : {}) }}>
      <Form.Item name="year" label={t('calendar.year')} rules={[chosen(t('calendar.year'))]}><InputNumber min={2000} max={2100} /></Form.Item>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={80} /></Form.Item>
      <Form.Item name="begin" label={t('scheme.begin')} extra={template ? t('scheme.template_about', { source: template.source, about: template.about }) : t('scheme.begin_hint')}>
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} loading={templates.isPending && open} placeholder={t('scheme.begin_blank')} options={[
          { label: t('scheme.copy_of'), options: (schemes.data?.items ?? []).map((s) => ({ value: `from:${s.id}`, label: t('scheme.copy_name', { year: s.year, name: s.name }) })) },
          { label: t('scheme.offers'), options: (offers.data?.items ?? []).map((o) => ({ value: `offer:${o.id}`, label: t('scheme.copy_name', { year: o.year, name: o.name }) })) },
          { label: t('scheme.templates'), options: (templates.data?.items ?? []).map((x) => ({ value: `template:${x.code}`, label: x.name })) },
        ]} />
      </Form.Item>
    </FormDialog>
  )
}

interface Draft { year: number; name: string; begin?: string }

// A new scheme is empty, that of another year, or a rule table somebody uses.
function beginning(begin: string | undefined): { from?: string; template?: string; offer?: string } {
  if (begin?.startsWith('offer:')) return { offer: begin.slice(6) }
  if (begin?.startsWith('from:')) return { from: begin.slice(5) }
  if (begin?.startsWith('template:')) return { template: begin.slice(9) }
  return {}
}

interface Values { name: string; period: Period }

function NewRound({ scheme, close }: { scheme: SchemeRow | undefined; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const make = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/assess/rounds', { ...act(), body: {
      scheme_id: scheme?.id ?? '', name: v.name, ...v.period,
    } })),
    done: (r) => t('round.made', { name: r.name }),
    after: (r) => { void navigate({ to: '/assess/rounds/$id', params: { id: r.id } }) },
  })
  return (
    <FormDialog title={t('round.new')} open={scheme !== undefined} close={close} form={form} action={make}>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={80} autoFocus placeholder={t('round.name_ph')} /></Form.Item>
      <Form.Item name="period" label={t('assess.period')} rules={[chosen(t('assess.period'))]}><PeriodInput /></Form.Item>
    </FormDialog>
  )
}
