import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Segmented, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Column, ColumnApplication } from '@/api/types'
import { useCan } from '@/app/session'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'
import { ApplicationDialog } from './ApplicationDialog'

const COLORS: Record<ColumnApplication['state'], string> = { waiting: 'processing', consented: 'success', refused: 'error', withdrawn: 'default' }

export function ApplicationTag({ row }: { row: ColumnApplication }) {
  return <Tag color={COLORS[row.state]}>{t(row.state === 'consented' && row.amended ? 'apply.state.amended' : `apply.state.${row.state}`)}</Tag>
}

/** What departments ask of the Office, and what it answered (W03, R023). */
export function Applications({ columns }: { columns: Column[] }) {
  const manage = useCan()('publish.manage', 'publish.inspect')
  const [search, set] = useAddress()
  const view = VIEWS.find((v) => v === search.view) ?? (manage ? 'waiting' : 'mine')
  const asked = { view, ...sortedPageOf<'/publish/applications'>(search) }
  const query = useQuery({
    queryKey: ['applications', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/applications', { signal, params: { query: asked } })),
  })
  const open = (id: string | undefined) => { set({ application: id }) }
  const list: Col<ColumnApplication>[] = [
    { key: 'column', title: t('item.column'), fixed: true, sort: 'column_name', render: (a) => (
      <Button type="link" className="link-text" onClick={() => { open(a.id) }}>{a.column_name}</Button>
    ) },
    { key: 'kind', title: t('apply.what'), render: (a) => t(`apply.kind.${a.kind}`) },
    { key: 'state', title: t('app.state'), sort: 'state', render: (a) => <ApplicationTag row={a} /> },
    { key: 'department', title: t('apply.department'), sort: 'department_name', render: (a) => a.department_name },
    { key: 'by', title: t('apply.by'), sort: 'applicant_name', render: (a) => a.applicant_name },
    { key: 'at', title: t('apply.at'), date: true, sort: '-created_at', render: (a) => dateTime(a.created_at) },
    { key: 'decided', title: t('apply.decided'), date: true, sort: '-decided_at', render: (a) => dateTime(a.decided_at) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (a) => (
      <Button size="small" type={a.may.includes('decide') ? 'primary' : 'default'} onClick={() => { open(a.id) }}>{t(a.may.includes('decide') ? 'apply.decide' : 'apply.look')}</Button>
    ) },
  ]
  return (
    <div className="stack-wide">
      {manage && <Segmented value={view} onChange={(v) => { set({ view: v, after: undefined }) }} options={VIEWS.map((v) => ({ value: v, label: t(`apply.${v}`) }))} />}
      <DataTable id="applications" label={t('apply.tab')} query={query} columns={list} rowKey={(a) => a.id} exportHref={exportHref('/publish/applications', asked, currentLocale())}
        empty={<Nothing text={t(view === 'waiting' ? 'apply.empty_waiting' : 'apply.empty')} />} />
      <ApplicationDialog id={search.application} columns={columns} close={() => { open(undefined) }} />
    </div>
  )
}

const VIEWS = ['waiting', 'mine', 'all'] as const
