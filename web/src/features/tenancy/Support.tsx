import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Alert, Button, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { GlassRequest } from '@/api/types'
import { GLASS_TONE } from '@/features/console/Glass'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

/** Whether operators of the platform may look, and when they did. */
export function Support() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['glass', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/glass/requests', { signal, params: { query: sortedPageOf<'/glass/requests'>(search) } })),
  })
  return (
    <Page help="tenancy#support" name={t('glass.title')}>
      <section className="panel">
        <Alert type="info" className="gap-below" title={t('glass.hint')} />
        <DataTable id="support" label={t('glass.title')} query={query} columns={COLUMNS()} rowKey={(x) => x.id} empty={<Nothing text={t('glass.none')} />} />
      </section>
    </Page>
  )
}

const COLUMNS = (): Col<GlassRequest>[] => [
  { key: 'reason', title: t('app.reason'), fixed: true, render: (x) => x.reason },
  { key: 'state', title: t('app.state'), render: (x) => <Tag color={GLASS_TONE[x.state]}>{t(`glass.state.${x.state}`)}</Tag> },
  { key: 'who', title: t('glass.operators'), render: (x) => `${x.asked_by} / ${x.seconded_by}` },
  { key: 'minutes', title: t('glass.minutes'), align: 'right', render: (x) => x.minutes },
  { key: 'at', title: t('glass.asked_at'), date: true, sort: '-asked_at', render: (x) => dateTime(x.asked_at) },
  { key: 'answered', title: t('glass.answered'), render: (x) => x.answered_by },
  { key: 'until', title: t('glass.until'), date: true, render: (x) => dateTime(x.until) },
  { key: 'looks', title: t('glass.looks'), align: 'right', render: (x) => x.looks },
  { key: 'actions', title: '', fixed: true, align: 'right', render: (x) => <Acts r={x} /> },
]

function Acts({ r }: { r: GlassRequest }) {
  const path = { params: { path: { id: r.id } } }
  const answer = useAction({
    confirm: (yes: boolean) => ({ title: t(yes ? 'glass.consent_ask' : 'glass.refuse_ask', { n: r.minutes }), content: r.reason, ok: t(yes ? 'glass.consent' : 'glass.refuse'), danger: yes }),
    run: (yes: boolean, act) => ok(client.POST('/glass/requests/{id}/answer', { ...act(), ...path, body: { yes, version: r.version } })),
    done: (_, yes) => t(yes ? 'glass.consented' : 'glass.refused'),
  })
  const shut = useAction({
    run: (_: GlassRequest, act) => ok(client.POST('/glass/requests/{id}/close', { ...act(), ...path })),
    done: () => t('glass.ended'),
  })
  if (r.state === 'open') return <Button size="small" danger loading={shut.busy} onClick={() => { shut.go(r) }}>{t('glass.close')}</Button>
  if (r.state !== 'seconded') return null
  return <><Button size="small" onClick={() => { answer.go(false) }}>{t('glass.refuse')}</Button> <Button size="small" type="primary" loading={answer.busy} onClick={() => { answer.go(true) }}>{t('glass.consent')}</Button></>
}
