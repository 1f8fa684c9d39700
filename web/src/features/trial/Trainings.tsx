import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Segmented, Select, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialSkill, TrialTraining } from '@/api/types'
import { useCan } from '@/app/session'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime, day } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { DepartmentSelect } from '@/ui/pickers'
import { pageOf } from '@/ui/sort'
import { type Search, useAddress } from '@/ui/useAddress'
import { TRAINING_COLORS } from './data'
import './trial.css'

const SessionDialog = lazy(() => import('./SessionDialog'))

/** Training: what one is invited to; for those who hold it all of it, and how far everybody has come. */
export function Trainings() {
  const able = useCan()('trial.support')
  const [search, set] = useAddress()
  const [open, setOpen] = useState(false)
  const view = able ? search.view ?? 'all' : 'mine'
  return (
    <Page help="trial#training" name={t('nav.trainings')} extra={able && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('trial.training_plan')}</Button>}>
      <section className="panel">
        {able && (
          <div className="filters">
            <Segmented value={view} aria-label={t('nav.trainings')} onChange={(v) => { set({ view: v === 'all' ? undefined : v, after: undefined, state: undefined }) }}
              options={(['all', 'mine', 'people'] as const).map((v) => ({ value: v as string, label: t(`trial.trainings.${v}`) }))} />
            {view === 'people' && <Filters search={search} set={set} />}
          </div>
        )}
        {view === 'people' ? <Skills search={search} /> : <Sessions mine={view === 'mine'} search={search} />}
      </section>
      {open && <Suspense><SessionDialog close={() => { setOpen(false) }} /></Suspense>}
    </Page>
  )
}

const SESSION_COLUMNS = (): Col<TrialTraining>[] => [
  { key: 'title', title: t('trial.training'), fixed: true, render: (g) => <><Link to="/trial/trainings/$id" params={{ id: g.id }}>{g.title}</Link><div className="quiet">{t(`trial.batch.${g.batch}`)}</div></> },
  { key: 'at', title: t('trial.time'), fixed: true, date: true, render: (g) => dateTime(g.starts_at) },
  { key: 'place', title: t('trial.place'), render: (g) => g.place },
  { key: 'state', title: t('app.state'), render: (g) => <Tag color={TRAINING_COLORS[g.state]}>{t(`trial.training.${g.state}`)}</Tag> },
  { key: 'mine', title: t('trial.my_part'), render: (g) => (g.mine ? t(`trial.attendance.${g.mine}`) : '') },
  { key: 'n', title: t('trial.came'), align: 'right', render: (g) => `${g.present} / ${g.invited}` },
]

function Sessions({ mine, search }: { mine: boolean; search: Search }) {
  const query = useQuery({
    queryKey: ['trial-trainings', mine, search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/trial/trainings', { signal, params: { query: { ...pageOf(search), ...(mine ? { mine } : {}) } } })),
  })
  return <DataTable id="trial-trainings" label={t('nav.trainings')} query={query} columns={SESSION_COLUMNS()} rowKey={(g) => g.id} empty={<Nothing text={t('trial.no_trainings')} />} />
}

function Filters({ search, set }: { search: Search; set: (s: Search) => void }) {
  return (
    <>
      <DepartmentSelect allowClear style={{ width: 200 }} aria-label={t('trial.department')} {...(search.department ? { value: search.department } : {})} onChange={(v) => { set({ department: v, after: undefined }) }} />
      <Select allowClear style={{ width: 140 }} value={search.state ?? null} placeholder={t('app.state')} aria-label={t('app.state')} onChange={(v: string | undefined) => { set({ state: v, after: undefined }) }}
        options={(['none', 'trained', 'independent'] as const).map((s) => ({ value: s as string, label: t(`trial.skill.${s}`) }))} />
    </>
  )
}

const SKILL_COLORS: Record<TrialSkill['state'], string> = { none: 'default', trained: 'processing', independent: 'success' }
const SKILL_COLUMNS = (): Col<TrialSkill>[] => [
  { key: 'name', title: t('app.person'), fixed: true, render: (k) => <>{k.name}<div className="quiet">{k.department}</div></> },
  { key: 'state', title: t('trial.skill'), fixed: true, render: (k) => <Tag color={SKILL_COLORS[k.state]}>{t(`trial.skill.${k.state}`)}</Tag> },
  { key: 'n', title: t('trial.sessions_n'), align: 'right', render: (k) => k.trainings },
  { key: 'missed', title: t('trial.missed_n'), align: 'right', render: (k) => k.missed },
  { key: 'last', title: t('trial.last_session'), date: true, render: (k) => day(k.last_at) },
  { key: 'topics', title: t('trial.topics'), render: (k) => k.topics.map((x) => tOr(`trial.topic.${x}`, x)).join(t('app.comma')) },
]

function Skills({ search }: { search: Search }) {
  const asked = { ...pageOf(search), ...(search.department ? { department: search.department } : {}), ...(search.state ? { state: search.state as TrialSkill['state'] } : {}) }
  const query = useQuery({ queryKey: ['trial-people', search], placeholderData: keepPreviousData, queryFn: ({ signal }) => ok(client.GET('/trial/people', { signal, params: { query: asked } })) })
  return <DataTable id="trial-people" label={t('trial.trainings.people')} query={query} columns={SKILL_COLUMNS()} rowKey={(k) => k.id} />
}
