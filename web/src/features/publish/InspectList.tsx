import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Inspection } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { day } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { InspectDialog } from './InspectDialog'

const COLORS: Record<Inspection['state'], string> = { open: 'processing', closed: 'success', cancelled: 'default' }

export function InspectTag({ state }: { state: Inspection['state'] }) {
  return <Tag color={COLORS[state]}>{t(`inspect.state.${state}`)}</Tag>
}

/** The inspections that concern me; the Office opens new ones (W06). */
export function InspectList() {
  const can = useCan()
  const [search] = useAddress()
  const [opening, setOpening] = useState(false)
  const query = useQuery({
    queryKey: ['inspections', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/inspections', { signal, params: { query: pageOf(search) } })),
  })
  const start = can('publish.manage') && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpening(true) }}>{t('inspect.new')}</Button>
  return (
    <Page help="inspection" name={t('nav.inspections')} extra={<>
      <Link to="/publish/findings"><Button>{t('inspect.mine')}</Button></Link>
      {start}
    </>}>
      <section className="panel">
        <DataTable id="inspections" label={t('nav.inspections')} query={query} columns={COLUMNS()} rowKey={(n) => n.id}
          empty={<Nothing text={t('inspect.empty')}>{start}</Nothing>} />
      </section>
      <InspectDialog open={opening} close={() => { setOpening(false) }} />
    </Page>
  )
}

const COLUMNS = (): Col<Inspection>[] => [
  { key: 'name', title: t('inspect.name'), fixed: true, render: (n) => <Link to="/publish/inspections/$id" params={{ id: n.id }}>{n.name}</Link> },
  { key: 'state', title: t('app.state'), render: (n) => <InspectTag state={n.state} /> },
  { key: 'period', title: t('inspect.period'), date: true, render: (n) => `${n.from} — ${n.to}` },
  { key: 'progress', title: t('inspect.progress'), align: 'right', render: (n) => `${String(n.inspected)} / ${String(n.items)}` },
  { key: 'findings', title: t('inspect.findings'), align: 'right', render: (n) => n.findings },
  { key: 'by', title: t('inspect.by'), render: (n) => n.opened_by },
  { key: 'ended', title: t('inspect.ended'), date: true, render: (n) => day(n.ended_at) },
]
