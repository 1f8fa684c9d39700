import { CopyOutlined, FileExcelOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Button, Form, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Owed, TargetBoard, TargetSheet } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { thisYear } from '@/ui/day'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { dayOf, periodName, plain, useBoard, useTargetUnits, yearOf } from './data'
import { Lamp, Standing } from './Lamp'
import './target.css'

/** The year of targets on one page: who stands where, and what is due. */
export function Board() {
  const [search, set] = useAddress()
  const manage = useCan()('target.manage')
  const [copying, setCopying] = useState(false)
  const year = yearOf(search)
  const query = useBoard(year)
  const years = [...new Set([...(query.data?.years ?? []), thisYear(), thisYear() + 1])].sort((a, b) => b - a)
  return (
    <Page help="targets" name={t('nav.targets')} title={t('target.year_of', { year })} extra={
      <>
        <Select value={year} aria-label={t('calendar.year')} onChange={(y: number) => { set({ year: String(y) }) }} options={years.map((y) => ({ value: y, label: String(y) }))} />
        <Button icon={<FileExcelOutlined />} href={`/api/target/board/file?year=${year}`} download>{t('target.export')}</Button>
        {manage && <Button icon={<CopyOutlined />} onClick={() => { setCopying(true) }}>{t('target.copy')}</Button>}
        {manage && <PickUnit year={year} />}
      </>
    }>
      <Loaded query={query} isEmpty={(d) => d.units.length === 0} empty={<Nothing text={t('target.none_set', { year })} />}>
        {(b) => (
          <div className="stack-wide">
            <Counts all={b.all} />
            <div className="desk">
              <section className="panel"><h2>{t('target.units')}</h2><Units board={b} /></section>
              <OwedList list={b.owed} units />
            </div>
          </div>
        )}
      </Loaded>
      {copying && <CopyDialog to={year} years={years} close={() => { setCopying(false) }} />}
    </Page>
  )
}

// Opens the targets of a unit, which may have none yet.
function PickUnit({ year }: { year: number }) {
  const units = useTargetUnits()
  const [picked, setPicked] = useState<string>()
  const group = (kind: 'tenant' | 'department') => ({
    label: t(`target.kind.${kind}`),
    options: (units.data?.items ?? []).filter((u) => u.kind === kind).map((u) => ({ value: u.id, label: u.name })),
  })
  const select = (
    <Select showSearch={{ optionFilterProp: 'label' }} style={{ minWidth: 200 }} placeholder={t('target.pick_unit')} aria-label={t('target.pick_unit')}
      value={picked} onChange={(id: string) => { setPicked(id) }} options={[group('tenant'), group('department')].filter((g) => g.options.length > 0)} />
  )
  if (!picked) return select
  return <>{select}<Link to="/assess/targets/units/$unit" params={{ unit: picked }} search={{ year: String(year) }}><Button type="primary">{t('target.set_for')}</Button></Link></>
}

function Counts({ all }: { all: TargetBoard['all'] }) {
  const tile = (n: number, label: string) => <div className="tile"><b>{n}</b><span>{label}</span></div>
  return (
    <div className="tiles target-tiles" role="group" aria-label={t('target.counts')}>
      {tile(all.targets, t('target.all'))}
      {tile(all.draft, t('target.state.draft'))}
      {tile(all.waiting, t('target.state.issued'))}
      {tile(all.returned, t('target.state.returned'))}
      <div className="tile"><b>{all.green}</b><Lamp light="green" /></div>
      <div className="tile"><b>{all.yellow}</b><Lamp light="yellow" /></div>
      <div className="tile"><b>{all.red}</b><Lamp light="red" /></div>
    </div>
  )
}

function Units({ board: b }: { board: TargetBoard }) {
  const next = (s: TargetSheet) => s.targets.map((x) => x.next_due).filter((d): d is string => d !== null).sort()[0] ?? null
  const columns: Col<TargetSheet>[] = [
    { key: 'unit', title: t('target.unit'), fixed: true, render: (s) => (
      <Link className="title" to="/assess/targets/units/$unit" params={{ unit: s.unit.id }} search={{ year: String(b.year) }}>{s.unit.name}</Link>
    ) },
    { key: 'targets', title: t('target.targets'), fixed: true, render: (s) => (
      <ul className="target-list">
        {s.targets.filter((x) => x.state !== 'withdrawn').map((x) => (
          <li key={x.id}><Standing of={x} /> <Link to="/assess/targets/$id" params={{ id: x.id }}>{x.spec.title}</Link> <span className="quiet">{t('target.weight_of', { n: plain(x.spec.weight) })}</span></li>
        ))}
      </ul>
    ) },
    { key: 'next', title: t('target.next_due'), date: true, render: (s) => dayOf(next(s)) },
    { key: 'missed', title: t('target.missed'), align: 'right', render: (s) => s.targets.reduce((n, x) => n + x.missed, 0) },
  ]
  return <DataTable id="target-units" label={t('target.units')} columns={columns} rowKey={(s) => s.unit.id} paged={false} query={{ data: { items: b.units }, isError: false } as never} />
}

/** The reports that are owed within a month, or should have come. */
export function OwedList({ list, units, act }: { list: Owed[]; units?: boolean; act?: (o: Owed) => React.ReactNode }) {
  return (
    <section className="panel">
      <h2>{t('target.owed')}</h2>
      {list.length === 0 && <p className="quiet">{t('target.nothing_owed')}</p>}
      <ul className="lines">
        {list.map((o) => (
          <li key={`${o.target.id} ${o.period}`}>
            <span className="grow">
              <Link className="title" to="/assess/targets/$id" params={{ id: o.target.id }}>{o.target.name}</Link>
              <div className="quiet">{[units ? o.unit.name : '', periodName(o.period), units ? o.reporter : ''].filter(Boolean).join(' · ')}</div>
            </span>
            {o.overdue && <Tag color="error">{t('target.overdue')}</Tag>}
            <time>{o.due_on}</time>
            {act?.(o)}
          </li>
        ))}
      </ul>
    </section>
  )
}

interface Copying { from: number }

function CopyDialog({ to, years, close }: { to: number; years: number[]; close: () => void }) {
  const [form] = Form.useForm<Copying>()
  const copy = useAction({
    form,
    run: (v: Copying, act) => ok(client.POST('/target/copies', { ...act(), body: { from: v.from, to } })),
    done: (c) => t('target.copied', { made: c.made, left: c.left }),
    after: close,
  })
  return (
    <FormDialog title={t('target.copy_to', { year: to })} open close={close} form={form} action={copy} initial={{ from: to - 1 }} ok={t('target.copy')}>
      <Form.Item name="from" label={t('target.copy_from')} rules={[chosen(t('target.copy_from'))]} extra={t('target.copy_hint')}>
        <Select options={[...new Set([...years, to - 1])].filter((y) => y !== to).sort((a, b) => b - a).map((y) => ({ value: y, label: String(y) }))} />
      </Form.Item>
    </FormDialog>
  )
}
