import { PaperClipOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Button, Checkbox, Descriptions, Form, Select, Tag, Upload } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialPlace, TrialTrainingPage } from '@/api/types'
import { useCan } from '@/app/session'
import { begin } from '@/features/publish/Attachments'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { bytes, dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { TRAINING_COLORS, useKeep } from './data'
import './trial.css'

const SessionDialog = lazy(() => import('./SessionDialog'))
const STATES = ['invited', 'present', 'absent', 'excused'] as const

/** One training: time, place, content, what is handed out, and for those who hold it who came. */
export function TrainingPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const [open, setOpen] = useState<'edit' | 'cancel'>()
  const query = useQuery({ queryKey: ['trial-training', id], queryFn: ({ signal }) => ok(client.GET('/trial/trainings/{id}', { signal, params: { path: { id } } })) })
  const close = () => { setOpen(undefined) }
  const p = query.data
  return (
    <Page back help="trial#training" name={t('trial.training')} title={p?.training.title ?? t('trial.training')} extra={p && <Acts of={p} open={setOpen} />}>
      <Loaded query={query}>
        {(x) => (
          <div className="stack-wide">
            <What of={x} />
            <Materials of={x} />
            {x.places.length > 0 && <Places key={x.training.version} of={x} />}
          </div>
        )}
      </Loaded>
      {p && open === 'edit' && <Suspense><SessionDialog of={p} close={close} /></Suspense>}
      {p && open === 'cancel' && <Cancel of={p} close={close} />}
    </Page>
  )
}

function Acts({ of: p, open }: { of: TrialTrainingPage; open: (o: 'edit' | 'cancel') => void }) {
  const params = { path: { id: p.training.id } }
  const body = { version: p.training.version }
  const { training: after } = useKeep()
  const announce = useAction({
    run: (_: null, act) => ok(client.POST('/trial/trainings/{id}/announce', { ...act(), params, body })),
    done: (r) => t('trial.announced', { n: r.training.invited }), after,
  })
  const hold = useAction({
    run: (_: null, act) => ok(client.POST('/trial/trainings/{id}/hold', { ...act(), params, body })),
    confirm: () => ({ title: t('trial.hold_ask') }),
    done: (r) => t('trial.held', { n: r.training.present }), after,
  })
  const may = (what: string) => p.may.includes(what)
  return (
    <div className="row">
      {may('announce') && <Button type="primary" loading={announce.busy} onClick={() => { announce.go(null) }}>{t('trial.announce')}</Button>}
      {may('hold') && <Button loading={hold.busy} onClick={() => { hold.go(null) }}>{t('trial.hold')}</Button>}
      {may('edit') && <Button onClick={() => { open('edit') }}>{t('app.edit')}</Button>}
      {may('cancel') && <Button danger onClick={() => { open('cancel') }}>{t('trial.call_off')}</Button>}
    </div>
  )
}

function Cancel({ of: p, close }: { of: TrialTrainingPage; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const cancel = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/trial/trainings/{id}/cancel', { ...act(), params: { path: { id: p.training.id } }, body: { ...v, version: p.training.version } })),
    done: () => t('trial.called_off'), after: close,
  })
  return <ReasonDialog title={t('trial.call_off')} open close={close} form={form} action={cancel} danger />
}

function What({ of: p }: { of: TrialTrainingPage }) {
  const g = p.training
  const items = [
    { key: 'state', label: t('app.state'), children: <Tag color={TRAINING_COLORS[g.state]}>{t(`trial.training.${g.state}`)}</Tag> },
    { key: 'batch', label: t('trial.batch'), children: t(`trial.batch.${g.batch}`) },
    { key: 'time', label: t('trial.time'), children: t('trial.from_to', { from: dateTime(g.starts_at), to: dateTime(g.ends_at) }) },
    { key: 'place', label: t('trial.place'), children: g.place },
    { key: 'trainer', label: t('trial.trainer'), children: g.trainer || t('app.none') },
    { key: 'goal', label: t('trial.goal'), children: g.goal || t('app.none') },
    ...(g.mine ? [{ key: 'mine', label: t('trial.my_part'), children: t(`trial.attendance.${g.mine}`) }] : []),
    ...(p.departments.length + p.people.length > 0 ? [{ key: 'audience', label: t('trial.audience'), children: [...p.departments, ...p.people].map((x) => x.name).join(t('app.comma')) }] : []),
  ]
  return (
    <section className="panel">
      <Descriptions size="small" column={{ xs: 1, sm: 2 }} items={items} />
      {g.topics.length > 0 && <p>{g.topics.map((x) => <Tag key={x}>{tOr(`trial.topic.${x}`, x)}</Tag>)}</p>}
      {g.content && <p className="trial-text">{g.content}</p>}
      {g.reason && <p className="red">{g.reason}</p>}
    </section>
  )
}

function Materials({ of: p }: { of: TrialTrainingPage }) {
  const able = useCan()('trial.support') && p.training.state !== 'cancelled'
  const { training: after } = useKeep()
  const add = useAction({
    run: async (file: File, act) => {
      const upload_id = await begin(file, () => undefined, () => undefined)
      return ok(client.POST('/trial/trainings/{id}/materials', { ...act(), params: { path: { id: p.training.id } }, body: { upload_id } }))
    },
    done: () => t('trial.material_added'), after,
  })
  if (!able && p.materials.length === 0) return null
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('trial.materials')}</h2>
        {able && <Upload showUploadList={false} beforeUpload={(file) => { add.go(file); return false }}><Button size="small" loading={add.busy}>{t('attach.add')}</Button></Upload>}
      </div>
      {p.materials.map((m) => <div key={m.id}><a href={`/api/trial/trainings/${p.training.id}/materials/${m.id}`} download={m.name}><PaperClipOutlined /> {m.name}</a> <span className="quiet">{bytes(m.size)}</span></div>)}
      {p.materials.length === 0 && <p className="quiet">{t('trial.no_materials')}</p>}
    </section>
  )
}

// Who was invited and who came. What is ticked is sent together.
function Places({ of: p }: { of: TrialTrainingPage }) {
  const [changed, setChanged] = useState<Record<string, { state: TrialPlace['state']; independent: boolean }>>({})
  const able = p.may.includes('attend')
  const { training: after } = useKeep()
  const now = (x: TrialPlace) => changed[x.id] ?? { state: x.state, independent: x.independent }
  const put = (x: TrialPlace, patch: Partial<{ state: TrialPlace['state']; independent: boolean }>) => { setChanged((c) => ({ ...c, [x.id]: { ...now(x), ...patch } })) }
  const everybody = () => { for (const x of p.places) if (now(x).state === 'invited') put(x, { state: 'present' }) }
  const save = useAction({
    run: (_: null, act) => ok(client.POST('/trial/trainings/{id}/attendance', {
      ...act(), params: { path: { id: p.training.id } },
      body: { version: p.training.version, places: Object.entries(changed).map(([id, v]) => ({ id, state: v.state, independent: v.state === 'present' && v.independent })) },
    })),
    done: () => t('trial.attendance_saved'), after,
  })
  const columns: Col<TrialPlace>[] = [
    { key: 'name', title: t('app.person'), fixed: true, render: (x) => <>{x.name}<div className="quiet">{x.department}</div></> },
    { key: 'state', title: t('trial.attendance'), fixed: true, render: (x) => (able
      ? <Select size="small" style={{ width: 110 }} aria-label={t('trial.attendance_of', { name: x.name })} value={now(x).state} onChange={(state) => { put(x, { state }) }} options={STATES.map((s) => ({ value: s, label: t(`trial.attendance.${s}`) }))} />
      : t(`trial.attendance.${x.state}`)) },
    { key: 'alone', title: t('trial.independent'), render: (x) => (able
      ? <Checkbox aria-label={t('trial.independent_of', { name: x.name })} disabled={now(x).state !== 'present'} checked={now(x).state === 'present' && now(x).independent} onChange={(e) => { put(x, { independent: e.target.checked }) }} />
      : t(x.independent ? 'trial.yes' : 'trial.no')) },
  ]
  return (
    <section className="panel">
      <div className="panel-head trial-head">
        <h2>{t('trial.places', { present: p.training.present, invited: p.training.invited })}</h2>
        {able && (
          <div className="row">
            <Button size="small" disabled={!p.places.some((x) => now(x).state === 'invited')} onClick={everybody}>{t('trial.all_present')}</Button>
            <Button type="primary" size="small" disabled={Object.keys(changed).length === 0} loading={save.busy} onClick={() => { save.go(null) }}>{t('trial.attendance_save')}</Button>
          </div>
        )}
      </div>
      <DataTable id="trial-places" label={t('trial.attendance')} columns={columns} rowKey={(x) => x.id} paged={false} query={{ data: { items: p.places }, isError: false } as never} />
    </section>
  )
}
