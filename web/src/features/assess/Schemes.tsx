import { PlusOutlined } from '@ant-design/icons'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, DatePicker, Form, Input, InputNumber, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { SchemeRow } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useSchemes } from './data'

export function SchemeTag({ state }: { state: SchemeRow['state'] }) {
  return <Tag color={state === 'active' ? 'success' : 'default'}>{t(`scheme.state.${state}`)}</Tag>
}

/** The yearly schemes and their rounds. */
export function Schemes() {
  const query = useSchemes()
  const [making, setMaking] = useState(false)
  const [round, setRound] = useState<SchemeRow>()
  const columns: Col<SchemeRow>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, render: (s) => <Link to="/assess/schemes/$id" params={{ id: s.id }}>{s.name}</Link> },
    { key: 'year', title: t('calendar.year'), align: 'right', render: (s) => s.year },
    { key: 'state', title: t('app.state'), render: (s) => <SchemeTag state={s.state} /> },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (s) => s.state === 'active' ? <Button size="small" onClick={() => { setRound(s) }}>{t('round.new')}</Button> : null },
  ]
  return (
    <Page help="schemes" name={t('assess.schemes')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setMaking(true) }}>{t('scheme.new')}</Button>}>
      <section className="panel">
        <DataTable id="schemes" label={t('assess.schemes')} query={query} columns={columns} rowKey={(s) => s.id} paged={false} empty={<Nothing text={t('scheme.empty')} />} />
      </section>
      <NewScheme open={making} close={() => { setMaking(false) }} />
      <NewRound scheme={round} close={() => { setRound(undefined) }} />
    </Page>
  )
}

function NewScheme({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<{ year: number; name: string }>()
  const navigate = useNavigate()
  const make = useAction({
    form,
    run: (v: { year: number; name: string }, act) => ok(client.POST('/assess/schemes', { ...act(), body: v })),
    after: (s) => { void navigate({ to: '/assess/schemes/$id', params: { id: s.id } }) },
  })
  const year = new Date().getFullYear()
  return (
    <FormDialog title={t('scheme.new')} open={open} close={close} form={form} action={make} initial={{ year, name: t('scheme.name_default', { year }) }}>
      <Form.Item name="year" label={t('calendar.year')} rules={[chosen(t('calendar.year'))]}><InputNumber min={2000} max={2100} /></Form.Item>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={100} /></Form.Item>
    </FormDialog>
  )
}

interface Period { name: string; period: [{ format: (f: string) => string }, { format: (f: string) => string }] }

function NewRound({ scheme, close }: { scheme: SchemeRow | undefined; close: () => void }) {
  const [form] = Form.useForm<Period>()
  const navigate = useNavigate()
  const make = useAction({
    form,
    run: (v: Period, act) => ok(client.POST('/assess/rounds', { ...act(), body: {
      scheme_id: scheme?.id ?? '', name: v.name, from: v.period[0].format('YYYY-MM-DD'), to: v.period[1].format('YYYY-MM-DD'),
    } })),
    done: (r) => t('round.made', { name: r.name }),
    after: (r) => { void navigate({ to: '/assess/rounds/$id', params: { id: r.id } }) },
  })
  return (
    <FormDialog title={t('round.new')} open={scheme !== undefined} close={close} form={form} action={make}>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={100} autoFocus placeholder={t('round.name_ph')} /></Form.Item>
      <Form.Item name="period" label={t('assess.period')} rules={[chosen(t('assess.period'))]}><DatePicker.RangePicker format="YYYY-MM-DD" /></Form.Item>
    </FormDialog>
  )
}
