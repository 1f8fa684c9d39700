import { PaperClipOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { Adjustment, Entry, Round, Unit } from '@/api/types'
import { useCan } from '@/app/session'
import { follow } from '@/features/progress/follow'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { every } from './data'
import { rounded } from './decimal'

const AdjustDialog = lazy(() => import('./AdjustDialog'))

/** What a score is told of here: the unit and its lines, to propose something about. */
interface Of { unit: Unit; entries: Entry[] }

/** Corrections and events of a round, or of one unit in it: proposed by one person, confirmed by another. */
export function Adjustments({ round, of }: { round: Round; of?: Of }) {
  const can = useCan()
  const [open, setOpen] = useState(false)
  const page = of ? { unit: of.unit.id } : {}
  const query = useQuery({
    queryKey: ['adjustments', round.id, of?.unit.id],
    queryFn: ({ signal }) => every((query) => ok(client.GET('/assess/rounds/{id}/adjustments', { signal, params: { path: { id: round.id }, query: { ...query, ...page } } }))),
    select: (d) => (of ? d : { ...d, items: shown(d.items) }),
  })
  const items = query.data?.items ?? []
  const may = round.state !== 'closed' && round.computed_at !== null
  if (!of && items.length === 0) return null
  return (
    <section className="panel" id="adjustments">
      <div className="panel-head">
        <h2>{t('adjust.title')}</h2>
        {of && may && can('assess.propose') && <Button size="small" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('adjust.add')}</Button>}
      </div>
      <p className="quiet">{t('adjust.hint')}</p>
      <DataTable id="adjustments" label={t('adjust.title')} query={query} columns={columnsOf(of === undefined, may)} rowKey={(a) => a.id} paged={false} empty={<Nothing text={t('adjust.none')} />} />
      {open && of && <Suspense><AdjustDialog round={round} unit={of.unit} entries={of.entries} known={items} close={() => { setOpen(false) }} /></Suspense>}
    </section>
  )
}

const MOST = 200

// Of very many all that wait for a second person, and the newest of the others.
function shown(all: Adjustment[]): Adjustment[] {
  if (all.length <= MOST) return all
  return [...all.filter((a) => a.state === 'proposed'), ...all.filter((a) => a.state !== 'proposed').slice(0, MOST)]
}

const COLORS: Record<Adjustment['state'], string> = { proposed: 'processing', confirmed: 'success', rejected: 'error', withdrawn: 'default' }

function columnsOf(units: boolean, may: boolean): Col<Adjustment>[] {
  return [
    { key: 'what', title: t('adjust.what'), fixed: true, render: (a) => <What of={a} unit={units} /> },
    { key: 'system', title: t('adjust.system'), align: 'right', render: (a) => (a.system ? rounded(a.system) : '') },
    { key: 'corrected', title: t('adjust.corrected'), align: 'right', render: (a) => (a.corrected && !a.reverses ? rounded(a.corrected) : '') },
    { key: 'points', title: t('adjust.points'), align: 'right', fixed: true, render: (a) => <strong>{signed(a.points)}</strong> },
    { key: 'reason', title: t('adjust.reason'), render: (a) => <><div>{a.reason}</div><Proof of={a} /></> },
    { key: 'by', title: t('adjust.people'), render: (a) => <People of={a} /> },
    { key: 'state', title: t('app.state'), fixed: true, render: (a) => <Tag color={COLORS[a.state]}>{t(a.reversed ? 'adjust.reversed' : `adjust.state.${a.state}`)}</Tag> },
    ...(may ? [{ key: 'acts', title: t('adjust.acts'), fixed: true, render: (a: Adjustment) => <Acts of={a} /> }] : []),
  ]
}

function signed(points: string): string {
  const p = rounded(points)
  return p.startsWith('-') || p === '0' ? p : `+${p}`
}

function What({ of: a, unit }: { of: Adjustment; unit: boolean }) {
  return (
    <>
      {unit && <div className="quiet">{a.unit.name}</div>}
      <div>{a.reverses ? t('adjust.takes_back', { name: t(`adjust.type.${a.type}`) }) : t(`adjust.type.${a.type}`)} {a.title}</div>
      {(a.media || a.day) && <div className="quiet">{[a.media, a.day].filter(Boolean).join(' ')}</div>}
      {a.effect && <div className="quiet">{t(`adjust.effect.${a.effect}`)}</div>}
    </>
  )
}

function Proof({ of: a }: { of: Adjustment }) {
  return (
    <>
      {a.url && <div><a href={a.url} target="_blank" rel="noreferrer noopener" style={{ overflowWrap: 'anywhere' }}>{a.url}</a></div>}
      {a.file_id && <div><a href={`/api/assess/adjustments/${a.id}/proof`} download={a.file_name} title={a.file_sha256}><PaperClipOutlined /> {a.file_name}</a></div>}
      {a.note && <div className="quiet">{t('adjust.rejected_because', { note: a.note })}</div>}
    </>
  )
}

function People({ of: a }: { of: Adjustment }) {
  return (
    <>
      <div>{t('adjust.by', { who: a.by_name })} <small className="quiet">{dateTime(a.at)}</small></div>
      {a.decided_at && <div>{t('adjust.decided', { who: a.decided_by })} <small className="quiet">{dateTime(a.decided_at)}</small></div>}
    </>
  )
}

// What the reader may do about one: their own they take back, another's they decide.
function Acts({ of: a }: { of: Adjustment }) {
  const can = useCan()
  const params = { path: { id: a.id } }
  const confirm = useAction({
    run: (_: null, act) => ok(client.POST('/assess/adjustments/{id}/confirm', { ...act(), params })),
    confirm: () => ({ title: t('adjust.confirm_ask', { name: a.title, points: signed(a.points) }), content: t('adjust.confirm_hint'), ok: t('adjust.confirm') }),
    after: (r) => { follow(r.work_id) },
  })
  const withdraw = useAction({
    run: (_: null, act) => ok(client.POST('/assess/adjustments/{id}/withdraw', { ...act(), params })),
    confirm: () => ({ title: t('adjust.withdraw_ask', { name: a.title }), ok: t('adjust.withdraw') }),
  })
  if (a.state === 'proposed' && a.own) return <Button size="small" loading={withdraw.busy} onClick={() => { withdraw.go(null) }}>{t('adjust.withdraw')}</Button>
  if (a.state === 'proposed') {
    return can('assess.confirm') && (
      <div className="row">
        <Button size="small" type="primary" loading={confirm.busy} onClick={() => { confirm.go(null) }}>{t('adjust.confirm')}</Button>
        <Because act="reject" of={a} />
      </div>
    )
  }
  return a.state === 'confirmed' && !a.reversed && !a.reverses && can('assess.propose') && <Because act="reverse" of={a} />
}

function Because({ act: what, of: a }: { act: 'reject' | 'reverse'; of: Adjustment }) {
  const [form] = Form.useForm<Reason>()
  const [open, setOpen] = useState(false)
  const params = { path: { id: a.id } }
  const action = useAction({
    form,
    run: (v: Reason, act) => what === 'reject'
      ? ok(client.POST('/assess/adjustments/{id}/reject', { ...act(), params, body: v }))
      : ok(client.POST('/assess/adjustments/{id}/reverse', { ...act(), params, body: v })),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button size="small" onClick={() => { setOpen(true) }}>{t(`adjust.${what}`)}</Button>
      <ReasonDialog title={t(`adjust.${what}_ask`, { name: a.title })} open={open} close={() => { setOpen(false) }} form={form} action={action} danger={what === 'reject'} />
    </>
  )
}
