import { PrinterOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, Button, Form, Progress, Select, Table, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { InspectionPage, InspectionResult } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { PersonSelect } from '@/ui/pickers'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { InspectItems } from './InspectItems'
import { InspectTag } from './InspectList'
import './inspect.css'

/** One inspection: what it is about, how it stands, its items with what was found (W06). */
export function InspectPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({
    queryKey: ['inspection', id],
    queryFn: ({ signal }) => ok(client.GET('/publish/inspections/{id}', { signal, params: { path: { id } } })),
  })
  const n = query.data
  return (
    <Page help="inspection#open" name={t('nav.inspections')} title={n?.name ?? t('nav.inspections')} back extra={n && <>
      <Button icon={<PrinterOutlined />} onClick={() => { window.print() }}>{t('inspect.print')}</Button>
      {n.may.includes('name') && <Replace page={n} />}
      {n.may.includes('cancel') && <Cancel page={n} />}
      {n.may.includes('close') && <Close page={n} />}
    </>}>
      <Loaded query={query}>
        {(p) => (
          <div className="stack-wide">
            {p.state === 'cancelled' && <Alert type="info" showIcon title={t('inspect.cancelled_why', { reason: p.reason })} />}
            {p.may.includes('name') && p.inspectors.every((i) => i.gone) && <Alert type="warning" showIcon title={t('inspect.gone_all')} />}
            <Facts page={p} />
            <section className="panel">
              <h2>{t('inspect.results')}</h2>
              <p className="quiet">{p.state === 'closed' ? t('inspect.results_fixed') : t('inspect.results_now')} {t('inspect.results_rule')}</p>
              <Results rows={p.results} />
            </section>
            <section className="panel">
              <h2>{t('inspect.items')}</h2>
              <InspectItems page={p} />
            </section>
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Facts({ page: p }: { page: InspectionPage }) {
  const rows: [string, React.ReactNode][] = [
    [t('app.state'), <InspectTag key="s" state={p.state} />],
    [t('inspect.period'), `${p.from} — ${p.to}`],
    [t('inspect.subjects'), p.subjects.length === 0 ? t('inspect.everything') : p.subjects.map((s) => s.name).join('、')],
    [t('inspect.sample'), p.sample === 0 ? t('inspect.sample_all') : t('inspect.sample_n', { n: p.sample })],
    [t('inspect.inspectors'), p.inspectors.map(nameOf).join('、')],
    [t('inspect.progress'), <span key="p">{p.inspected} / {p.items} <Progress percent={Math.floor((p.inspected * 100) / p.items)} size="small" style={{ maxWidth: 240 }} aria-label={t('inspect.progress')} />{p.state === 'open' && p.inspected < p.items && <span className="quiet">{t('inspect.left', { n: p.items - p.inspected })}</span>}</span>],
    ...(p.seed ? [[t('inspect.seed'), <span key="d" className="mono">{p.seed}</span>] as [string, React.ReactNode]] : []),
    ...(p.checklist ? [[t('inspect.checklist'), <p key="c" className="checklist">{p.checklist}</p>] as [string, React.ReactNode]] : []),
  ]
  return (
    <section className="panel">
      <dl className="facts">{rows.map(([k, v]) => [<dt key={`${k}-t`}>{k}</dt>, <dd key={k}>{v}</dd>])}</dl>
    </section>
  )
}

const GRADES: Record<InspectionResult['grade'], string> = { excellent: 'success', good: 'processing', fair: 'default', poor: 'warning' }

function Results({ rows }: { rows: InspectionResult[] }) {
  if (rows.length === 0) return <Nothing text={t('inspect.result_none')} />
  const num = (key: 'items' | 'format' | 'wording' | 'slow' | 'other', title: string) => ({ key, dataIndex: key, title, align: 'right' as const, className: 'num' })
  return (
    <div className="table-scroll" role="region" aria-label={t('inspect.results')} tabIndex={0}>
      <Table<InspectionResult> rowKey="unit_id" size="small" pagination={false} dataSource={rows} columns={[
        { key: 'unit', title: t('item.department'), render: (_, r) => r.unit_name || t('inspect.whole') },
        { key: 'score', title: t('inspect.score'), align: 'right', className: 'num', render: (_, r) => <><b>{r.score}</b> <Tag color={GRADES[r.grade]}>{t(`inspect.grade.${r.grade}`)}</Tag></> },
        num('items', t('inspect.items_count')), num('format', t('inspect.class.format')), num('wording', t('inspect.class.wording')),
        num('slow', t('inspect.class.slow')), num('other', t('inspect.class.other')),
      ]} />
    </div>
  )
}

function Close({ page: p }: { page: InspectionPage }) {
  const close = useAction({
    run: (_: null, act) => ok(client.POST('/publish/inspections/{id}/close', { ...act(), params: { path: { id: p.id } }, body: { version: p.version } })),
    confirm: () => ({ title: t('inspect.close_ask', { name: p.name }), content: t('inspect.close_hint'), ok: t('inspect.close') }),
    done: () => t('inspect.closed'),
  })
  return <Button type="primary" disabled={p.inspected < p.items} loading={close.busy} onClick={() => { close.go(null) }}>{t('inspect.close')}</Button>
}

const nameOf = (i: InspectionPage['inspectors'][number]) => (i.gone ? t('inspect.gone', { name: i.name }) : i.name)

interface Place { in_place_of: string; member_id: string }

// Names another inspector; who is not here any more is offered first.
function Replace({ page: p }: { page: InspectionPage }) {
  const [form] = Form.useForm<Place>()
  const [open, setOpen] = useState(false)
  const close = () => { setOpen(false) }
  const replace = useAction({
    form,
    run: (v: Place, act) => ok(client.POST('/publish/inspections/{id}/inspectors', { ...act(), params: { path: { id: p.id } }, body: { ...v, version: p.version } })),
    done: () => t('inspect.replaced'),
    after: close,
  })
  const first = p.inspectors.find((i) => i.gone) ?? (p.inspectors.length === 1 ? p.inspectors[0] : undefined)
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('inspect.replace')}</Button>
      <FormDialog title={t('inspect.replace')} open={open} close={close} form={form} action={replace} ok={t('inspect.replace')} initial={first ? { in_place_of: first.id } : {}}>
        <Form.Item name="in_place_of" label={t('inspect.replace_of')} rules={[chosen(t('inspect.replace_of'))]}>
          <Select options={p.inspectors.map((i) => ({ value: i.id, label: nameOf(i) }))} />
        </Form.Item>
        <Form.Item name="member_id" label={t('inspect.replace_by')} extra={t('inspect.replace_hint')} rules={[chosen(t('inspect.replace_by'))]}><PersonSelect /></Form.Item>
      </FormDialog>
    </>
  )
}

function Cancel({ page: p }: { page: InspectionPage }) {
  const [form] = Form.useForm<Reason>()
  const [open, setOpen] = useState(false)
  const cancel = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/publish/inspections/{id}/cancel', { ...act(), params: { path: { id: p.id } }, body: { ...v, version: p.version } })),
    done: () => t('inspect.cancelled'),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button danger onClick={() => { setOpen(true) }}>{t('inspect.cancel')}</Button>
      <ReasonDialog title={t('inspect.cancel_of', { name: p.name })} open={open} close={() => { setOpen(false) }} form={form} action={cancel} danger />
    </>
  )
}
