import { PlusOutlined, SendOutlined } from '@ant-design/icons'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { YearTarget as Target, TargetSheet } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { dayOf, goalOf, plain, useSheet, yearOf } from './data'
import { Standing } from './Lamp'
import type { Work } from './TargetDialog'
import './target.css'

const TargetDialog = lazy(() => import('./TargetDialog'))

/** The targets of one unit's year, as whoever sets them writes and issues them. */
export function UnitSheet() {
  const { unit } = useParams({ strict: false }) as { unit: string }
  const [search] = useAddress()
  const year = yearOf(search)
  const manage = useCan()('target.manage')
  const [work, setWork] = useState<Work>()
  const query = useSheet(unit, year)
  const s = query.data
  const issue = useAction({
    run: (_: null, act) => ok(client.POST('/target/units/{unit}/issue', { ...act(), params: { path: { unit } }, body: { year } })),
    done: (x) => t('target.issued_to', { unit: x.unit.name }),
    confirm: () => ({ title: t('target.issue_ask', { unit: s?.unit.name ?? '', n: s?.drafts ?? 0 }), content: t('target.issue_hint'), ok: t('target.issue') }),
  })
  return (
    <Page back help="targets#set" name={t('target.unit_page')} title={s ? t('target.of_unit', { unit: s.unit.name, year }) : t('target.unit_page')} extra={manage && s && s.unit.kind !== 'member' && (
      <>
        <Button icon={<PlusOutlined />} onClick={() => { if (s.unit.kind !== 'member') setWork({ unit: { kind: s.unit.kind, id: s.unit.id }, year }) }}>{t('target.new')}</Button>
        {s.drafts > 0 && <Button type="primary" icon={<SendOutlined />} loading={issue.busy} onClick={() => { issue.go(null) }}>{t('target.issue_n', { n: s.drafts })}</Button>}
      </>
    )}>
      <section className="panel">
        <Loaded query={query} isEmpty={(d) => d.targets.length === 0} empty={<Nothing text={t('target.none_of_unit', { year })} />}>
          {(d) => <Sheet of={d} edit={manage ? (target) => { setWork({ target }) } : undefined} />}
        </Loaded>
      </section>
      {work && <Suspense><TargetDialog work={work} close={() => { setWork(undefined) }} /></Suspense>}
    </Page>
  )
}

function Sheet({ of: s, edit }: { of: TargetSheet; edit: ((x: Target) => void) | undefined }) {
  const whole = Number(s.sum) === 100
  const columns: Col<Target>[] = [
    { key: 'title', title: t('target.title'), fixed: true, render: (x) => <Link className="title" to="/assess/targets/$id" params={{ id: x.id }}>{x.spec.title}</Link> },
    { key: 'goal', title: t('target.goal'), render: goalOf },
    { key: 'weight', title: t('target.weight'), align: 'right', fixed: true, render: (x) => plain(x.spec.weight) },
    { key: 'leader', title: t('target.leader'), render: (x) => x.spec.leader || <span className="red">{t('target.missing')}</span> },
    { key: 'department', title: t('target.department'), render: (x) => x.spec.department || <span className="red">{t('target.missing')}</span> },
    { key: 'indicator', title: t('target.indicator'), extra: true, render: (x) => x.spec.indicator_name },
    { key: 'state', title: t('app.state'), fixed: true, render: (x) => <><Standing of={x} />{x.state === 'returned' && <div className="quiet">{x.note}</div>}</> },
    { key: 'next', title: t('target.next_due'), date: true, render: (x) => dayOf(x.next_due) },
    ...(edit ? [{ key: 'acts', title: t('target.acts'), fixed: true, render: (x: Target) => (x.state === 'draft' || x.state === 'returned') && (
      <Button size="small" onClick={() => { edit(x) }}>{t('app.edit')}</Button>
    ) }] : []),
  ]
  return (
    <>
      <Alert className="gap-below" showIcon type={whole ? 'success' : 'warning'} title={t(whole ? 'target.sum_whole' : 'target.sum_is', { sum: plain(s.sum) })} />
      <DataTable id="target-sheet" label={t('target.unit_page')} columns={columns} rowKey={(x) => x.id} paged={false} query={{ data: { items: s.targets }, isError: false } as never} />
    </>
  )
}
