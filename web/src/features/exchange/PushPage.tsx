import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions, Form, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { PushPage as Full, PushUnit } from '@/api/types'
import { WorkBars } from '@/features/progress/Bar'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { exportHref } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { readRate } from './Pushes'

const COLORS: Record<PushUnit['state'], string> = { waiting: 'processing', sent: 'processing', done: 'success', failed: 'error', withdrawn: 'default' }

const COLUMNS: () => Col<PushUnit>[] = () => [
  { key: 'unit', title: t('app.unit'), fixed: true, render: (u) => u.unit.name },
  { key: 'state', title: t('app.state'), render: (u) => <Tag color={COLORS[u.state]}>{t(`push.unit.${u.state}`)}</Tag> },
  { key: 'readers', title: t('push.readers'), align: 'right', render: (u) => t('push.n_of', { n: u.readers, all: u.members }) },
  { key: 'rate', title: t('push.rate'), align: 'right', render: readRate },
  { key: 'at', title: t('push.counted_at'), date: true, render: (u) => dateTime(u.at) },
]

// While it is being delivered it is watched.
const pace = (q: { state: { data?: Full | undefined } }) => (q.state.data?.may.includes('deliver') ? 3000 : false)

/** One item given to units below: where it arrived and how many read it there. */
export function PushPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({
    queryKey: ['push', id], refetchInterval: pace,
    queryFn: ({ signal }): Promise<Full> => ok(client.GET('/exchange/pushes/{id}', { signal, params: { path: { id } } })),
  })
  const p = query.data
  return (
    <Page help="pushing#page" name={t('push.page')} title={p?.title ?? t('push.page')} back extra={p && <Actions p={p} />}>
      <WorkBars subject={`exchange/push/${id}`} />
      <Loaded query={query}>
        {(full) => (
          <div className="two">
            <section className="panel">
              <h2>{t('push.units')}</h2>
              <DataTable id="push-units" label={t('push.units')} query={query} columns={COLUMNS()} rowKey={(u) => u.unit.id} paged={false}
                exportHref={exportHref('/exchange/pushes/{id}', {}, currentLocale()).replace('{id}', id)} />
            </section>
            <section className="panel">
              {full.state === 'withdrawn' && <Alert type="warning" showIcon className="gap-below" title={t('push.withdrawn_at', { at: dateTime(full.withdrawn_at) })} description={full.reason} />}
              <h2>{t('push.what')}</h2>
              <Descriptions column={1} size="small" items={[
                { key: 'item', label: t('item.page'), children: <Link to="/publish/items/$id" params={{ id: full.item_id }}>{full.title}</Link> },
                { key: 'at', label: t('push.at'), children: dateTime(full.pushed_at) },
                { key: 'by', label: t('push.by'), children: full.by },
                { key: 'arrived', label: t('push.arrived'), children: t('push.n_of', { n: full.arrived, all: full.units }) },
                { key: 'rate', label: t('push.rate'), children: readRate(full) },
              ]} />
              <p className="quiet">{t('push.no_persons')}</p>
            </section>
          </div>
        )}
      </Loaded>
    </Page>
  )
}

function Actions({ p }: { p: Full }) {
  const [form] = Form.useForm<Reason>()
  const [open, setOpen] = useState(false)
  const close = () => { setOpen(false) }
  const params = { path: { id: p.id } }
  const again = useAction({
    run: (_: null, act) => ok(client.POST('/exchange/pushes/{id}/deliver', { ...act(), params })),
    done: () => t('push.resumed'),
  })
  const withdraw = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/exchange/pushes/{id}/withdraw', { ...act(), params, body: { reason: v.reason, version: p.version } })),
    done: () => t('push.withdrawn', { title: p.title }),
    after: close,
  })
  return (
    <>
      {p.may.includes('deliver') && <Button loading={again.busy} onClick={() => { again.go(null) }}>{t('push.resume')}</Button>}
      {p.may.includes('withdraw') && <Button danger onClick={() => { setOpen(true) }}>{t('push.withdraw')}</Button>}
      <ReasonDialog title={t('push.withdraw_ask', { title: p.title })} open={open} close={close} form={form} action={withdraw} danger />
    </>
  )
}
