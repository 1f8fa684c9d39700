import { Link, useNavigate } from '@tanstack/react-router'
import { Badge, Segmented, Tabs, Tag } from 'antd'
import type { CaseRow, Task } from '@/api/types'
import { useCounts } from '@/app/shell/counts'
import { ItemTable } from '@/features/publish/ItemTable'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { useNarrow } from '@/ui/useNarrow'
import { useRowKeys } from '@/ui/useRowKeys'
import { tasksHref, useMyCases, useTasks } from './data'
import { Due } from './Due'

const TABS = ['todo', 'done', 'to_read', 'read', 'started'] as const

/** What waits for me, what I decided, what I have to read, what I have read, what I set going (UI5). */
export function Tasks() {
  const [search, set] = useAddress()
  const { boxes } = useCounts()
  const narrow = useNarrow()
  const tab = TABS.find((x) => x === search.tab) ?? 'todo'
  const counted = (key: (typeof TABS)[number]) => (
    <>{t(`approval.tab.${key}`)} <Badge count={boxes?.[key] ?? 0} overflowCount={999} showZero color={/^to/.test(key) ? '#1f5f99' : '#67727c'} size="small" /></>
  )
  const turn = (key: string) => { set({ ...Object.fromEntries(Object.keys(search).map((k) => [k, undefined])), limit: search.limit, tab: key }) }
  return (
    <Page help="tasks" name={t('nav.approval')} extra={<span className="quiet wide-only">{t('approval.keys')}</span>}>
      <section className="panel">
        {narrow
          ? <Segmented block className="gap-below" aria-label={t('nav.approval')} value={tab} onChange={turn} options={TABS.map((key) => ({ value: key, label: <Small label={t(`approval.tab.${key}`)} n={boxes?.[key] ?? 0} /> }))} />
          : <Tabs activeKey={tab} onChange={turn} items={TABS.map((key) => ({ key, label: counted(key) }))} />}
        <Box key={tab} tab={tab} />
      </section>
    </Page>
  )
}

// Five boxes side by side on a phone: the name above its count.
function Small({ label, n }: { label: string; n: number }) {
  return <div style={{ lineHeight: 1.4, padding: '4px 0' }}>{label}<div>{n}</div></div>
}

function Box({ tab }: { tab: (typeof TABS)[number] }) {
  switch (tab) {
    case 'started': return <Started />
    case 'to_read': return <ItemTable view="reading" only="unread" empty={<Nothing text={t('item.empty_to_read')} />} />
    case 'read': return <ItemTable view="reading" only="read" empty={<Nothing text={t('item.empty_read')} />} />
    default: return <TaskList state={tab} />
  }
}

function TaskList({ state }: { state: 'todo' | 'done' }) {
  const [search] = useAddress()
  const navigate = useNavigate()
  const query = useTasks(state, search)
  const open = (id: string) => void navigate({ to: '/approval/tasks/$id', params: { id } })
  const at = useRowKeys(query.data?.items.map((x) => x.id) ?? [], open)
  const columns: (Col<Task> | false)[] = [
    { key: 'title', title: t('item.title'), sort: 'title', fixed: true, render: (x) => <Link className="title" to="/approval/tasks/$id" params={{ id: x.id }}>{x.title}</Link> },
    { key: 'step', title: t('approval.step'), render: (x) => x.step_name },
    { key: 'by', title: t('approval.started_by'), sort: 'started_by', render: (x) => x.started_by.name },
    { key: 'arrived', title: t('approval.arrived'), sort: '-arrived_at', date: true, render: (x) => dateTime(x.arrived_at) },
    state === 'todo'
      ? { key: 'due', title: t('approval.due'), sort: 'due_at', render: (x) => <Due task={x} /> }
      : { key: 'decided', title: t('approval.decided'), sort: '-decided_at', date: true, render: (x) => <>{x.decision && <Decision decision={x.decision} />}{dateTime(x.decided_at)}</> },
  ]
  return (
    <DataTable id={`tasks.${state}`} label={t(`approval.tab.${state}`)} query={query} columns={columns.filter((c) => c !== false)} rowKey={(x) => x.id}
      selected={at} onRow={(x) => { open(x.id) }} empty={<Nothing text={t(`approval.empty.${state}`)} />} exportHref={tasksHref(state, search)} />
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
