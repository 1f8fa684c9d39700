import { Link, useNavigate } from '@tanstack/react-router'
import { Badge, Tabs, Tag } from 'antd'
import { useState } from 'react'
import type { CaseRow, Task } from '@/api/types'
import { useCounts } from '@/app/shell/counts'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { useKeys } from '@/ui/useKeys'
import { useMyCases, useTasks } from './data'
import { Due } from './Due'

const TABS = ['todo', 'done', 'started'] as const

/** What waits for me, what I decided, what I set going (UI5). */
export function Tasks() {
  const [search, set] = useAddress()
  const { approval } = useCounts()
  const tab = TABS.find((x) => x === search.tab) ?? 'todo'
  const counted = (key: (typeof TABS)[number]) => (
    <>{t(`approval.tab.${key}`)} <Badge count={approval?.[key] ?? 0} overflowCount={999} showZero color={key === 'todo' ? '#1f5f99' : '#67727c'} size="small" /></>
  )
  return (
    <Page help="tasks" name={t('nav.approval')} extra={<>
      <span className="quiet wide-only">{t('approval.keys')}</span>
      <Link to="/publish/reading" search={{ unread: '1' }}>{t('approval.to_read', { n: approval?.to_read ?? 0 })}</Link>
    </>}>
      <section className="panel">
        <Tabs activeKey={tab} onChange={(key) => { set({ tab: key, after: undefined }) }} items={TABS.map((key) => ({ key, label: counted(key) }))} />
        {tab === 'started' ? <Started /> : <TaskList key={tab} state={tab} />}
      </section>
    </Page>
  )
}

/** Moves a chosen row with j and k and opens it with Enter. */
function useRowKeys(ids: string[], open: (id: string) => void): string | undefined {
  const [at, setAt] = useState<string>()
  const move = (step: number) => {
    const next = ids[Math.min(Math.max((at ? ids.indexOf(at) : step > 0 ? -1 : 0) + step, 0), ids.length - 1)]
    if (!next) return
    setAt(next)
    document.querySelector(`[data-row="${next}"]`)?.scrollIntoView({ block: 'nearest' })
  }
  useKeys({ j: () => { move(1) }, k: () => { move(-1) }, Enter: () => { if (at) open(at) } })
  return at
}

function TaskList({ state }: { state: 'todo' | 'done' }) {
  const [search] = useAddress()
  const navigate = useNavigate()
  const query = useTasks(state, search)
  const open = (id: string) => void navigate({ to: '/approval/tasks/$id', params: { id } })
  const at = useRowKeys(query.data?.items.map((x) => x.id) ?? [], open)
  const columns: (Col<Task> | false)[] = [
    { key: 'title', title: t('item.title'), fixed: true, render: (x) => <Link className="title" to="/approval/tasks/$id" params={{ id: x.id }}>{x.title}</Link> },
    { key: 'step', title: t('approval.step'), render: (x) => x.step_name },
    { key: 'by', title: t('approval.started_by'), render: (x) => x.started_by.name },
    { key: 'arrived', title: t('approval.arrived'), render: (x) => dateTime(x.arrived_at) },
    state === 'todo'
      ? { key: 'due', title: t('approval.due'), render: (x) => <Due task={x} /> }
      : { key: 'decided', title: t('approval.decided'), render: (x) => <>{x.decision && <Decision decision={x.decision} />}{dateTime(x.decided_at)}</> },
  ]
  return (
    <DataTable id={`tasks.${state}`} label={t(`approval.tab.${state}`)} query={query} columns={columns.filter((c) => c !== false)} rowKey={(x) => x.id}
      selected={at} onRow={(x) => { open(x.id) }} empty={<Nothing text={t(`approval.empty.${state}`)} />} />
  )
}

function Decision({ decision }: { decision: string }) {
  const approved = decision === 'approve' || decision === 'approved'
  return <Tag color={approved ? 'success' : 'warning'}>{t(approved ? 'approval.approved' : 'approval.returned')}</Tag>
}

function Started() {
  const [search] = useAddress()
  const navigate = useNavigate()
  const query = useMyCases(search)
  const open = (id: string) => void navigate({ to: '/approval/cases/$id', params: { id } })
  const at = useRowKeys(query.data?.items.map((x) => x.id) ?? [], open)
  const columns: Col<CaseRow>[] = [
    { key: 'title', title: t('item.title'), fixed: true, render: (x) => <Link className="title" to="/approval/cases/$id" params={{ id: x.id }}>{x.title}</Link> },
    { key: 'state', title: t('app.state'), render: (x) => <Tag color={{ open: 'warning', approved: 'success', returned: 'warning', withdrawn: 'default', void: 'default' }[x.state]}>{t(`case.state.${x.state}`)}</Tag> },
    { key: 'at', title: t('item.submitted_at'), render: (x) => dateTime(x.started_at) },
  ]
  return <DataTable id="cases" label={t('approval.tab.started')} query={query} columns={columns} rowKey={(x) => x.id} selected={at} onRow={(x) => { open(x.id) }} empty={<Nothing text={t('approval.empty.started')} />} />
}
