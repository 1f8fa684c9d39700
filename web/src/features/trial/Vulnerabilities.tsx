import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Radio, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialVulnerability } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { thisMinute } from '@/ui/day'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { PersonSelect } from '@/ui/pickers'
import { pageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import './trial.css'

const STATES = ['reported', 'repairing', 'repaired', 'rejected'] as const
const COLORS: Record<TrialVulnerability['state'], string> = { reported: 'warning', repairing: 'processing', repaired: 'success', rejected: 'default' }

/** Faults and vulnerabilities: what one has reported; for those who keep the register all of it. */
export function Vulnerabilities() {
  const able = useCan()('trial.secure')
  const [search, set] = useAddress()
  const [open, setOpen] = useState<TrialVulnerability | 'new'>()
  const query = useQuery({
    queryKey: ['trial-vulnerabilities', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/trial/vulnerabilities', { signal, params: { query: { ...pageOf(search), ...(search.state ? { state: search.state as TrialVulnerability['state'] } : {}) } } })),
  })
  const columns = able ? [...COLUMNS(), { key: 'act', title: '', render: (v: TrialVulnerability) => <Button size="small" onClick={() => { setOpen(v) }}>{t('trial.treat')}</Button> }] : COLUMNS()
  return (
    <Page help="trial#faults" name={t('nav.vulnerabilities')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpen('new') }}>{t('trial.report_fault')}</Button>}>
      <section className="panel">
        <p className="quiet">{t(able ? 'trial.register_hint' : 'trial.faults_hint')}</p>
        <div className="filters">
          <Select allowClear value={search.state ?? null} placeholder={t('app.state')} aria-label={t('app.state')} style={{ width: 140 }} onChange={(v: string | undefined) => { set({ state: v, after: undefined }) }}
            options={STATES.map((s) => ({ value: s as string, label: t(`trial.fault.${s}`) }))} />
        </div>
        <DataTable id="trial-vulnerabilities" label={t('nav.vulnerabilities')} query={query} columns={columns} rowKey={(v) => v.id} empty={<Nothing text={t('trial.no_faults')} />} />
      </section>
      {open === 'new' && <Report close={() => { setOpen(undefined) }} />}
      {open && open !== 'new' && <Treat of={open} close={() => { setOpen(undefined) }} />}
    </Page>
  )
}

const COLUMNS = (): Col<TrialVulnerability>[] => [
  { key: 'title', title: t('trial.title'), fixed: true, render: (v) => <><strong>{v.title}</strong><div className="quiet">{t(`trial.fault_kind.${v.kind}`)}{v.severity && <> · {t(`trial.severity.${v.severity}`)}</>}</div><div className="trial-text">{v.detail}</div></> },
  { key: 'state', title: t('app.state'), fixed: true, render: (v) => <><Tag color={COLORS[v.state]}>{t(`trial.fault.${v.state}`)}</Tag>{v.exploited && <Tag color="error">{t('trial.exploited')}</Tag>}</> },
  { key: 'finder', title: t('trial.finder'), render: (v) => v.finder },
  { key: 'found', title: t('trial.found_at'), date: true, render: (v) => dateTime(v.found_at) },
  { key: 'outcome', title: t('trial.fault_outcome'), render: (v) => <div className="trial-text">{v.outcome}{v.repaired_at && <div className="quiet">{dateTime(v.repaired_at)}</div>}</div> },
]

interface Values { kind: 'fault' | 'vulnerability'; title: string; detail: string; found_at: string }

function Report({ close }: { close: () => void }) {
  const [form] = Form.useForm<Values>()
  const send = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/trial/vulnerabilities', { ...act(), body: { ...v, found_at: `${v.found_at}:00+08:00` } })),
    done: () => t('trial.fault_reported'), after: close,
  })
  const now = thisMinute()
  return (
    <FormDialog title={t('trial.report_fault')} open close={close} form={form} action={send} ok={t('trial.submit')} width={600} initial={{ kind: 'fault', found_at: now }}>
      <Form.Item name="kind" label={t('trial.kind')}><Radio.Group options={(['fault', 'vulnerability'] as const).map((k) => ({ value: k, label: t(`trial.fault_kind.${k}`) }))} /></Form.Item>
      <Form.Item name="title" label={t('trial.title')} rules={[required(t('trial.title'))]}><Input maxLength={120} /></Form.Item>
      <Form.Item name="detail" label={t('trial.fault_detail')} extra={t('trial.fault_warning')} rules={[required(t('trial.fault_detail'))]}><Input.TextArea rows={5} maxLength={4000} showCount /></Form.Item>
      <Form.Item name="found_at" label={t('trial.found_at')} rules={[chosen(t('trial.found_at'))]}><Input type="datetime-local" max={now} /></Form.Item>
    </FormDialog>
  )
}

interface Treatment { state: TrialVulnerability['state']; severity: 'low' | 'medium' | 'high'; outcome?: string; exploited_by?: string }

function Treat({ of: v, close }: { of: TrialVulnerability; close: () => void }) {
  const [form] = Form.useForm<Treatment>()
  const state = Form.useWatch('state', form)
  const save = useAction({
    form,
    run: (body: Treatment, act) => ok(client.POST('/trial/vulnerabilities/{id}/treat', { ...act(), params: { path: { id: v.id } }, body: { ...body, version: v.version } })),
    done: () => t('trial.treated'), after: close,
  })
  return (
    <FormDialog title={v.title} open close={close} form={form} action={save} width={600} initial={{ state: v.state === 'reported' ? 'repairing' : v.state, severity: v.severity || 'medium', outcome: v.outcome }}>
      <p className="trial-text quiet">{v.detail}</p>
      <Form.Item name="severity" label={t('trial.severity')}><Radio.Group options={(['low', 'medium', 'high'] as const).map((s) => ({ value: s, label: t(`trial.severity.${s}`) }))} /></Form.Item>
      <Form.Item name="state" label={t('app.state')}><Select options={STATES.map((s) => ({ value: s, label: t(`trial.fault.${s}`) }))} /></Form.Item>
      <Form.Item name="outcome" label={t('trial.fault_outcome')} rules={state === 'repaired' || state === 'rejected' ? [required(t('trial.fault_outcome'))] : []}><Input.TextArea rows={3} maxLength={2000} showCount /></Form.Item>
      {!v.exploited && <Form.Item name="exploited_by" label={t('trial.exploited_by')} extra={t('trial.exploited_hint')}><PersonSelect allowClear /></Form.Item>}
    </FormDialog>
  )
}
