import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { client, ok } from '@/api/client'
import type { MyScore, Sample } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { Term } from '@/ui/HelpLink'
import { dateTime } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { every } from './data'
import { Now } from './Now'
import { RoundTag } from './Year'

/** One's own unit in the published rounds. */
export function Mine() {
  const query = useQuery({ queryKey: ['my-scores'], queryFn: ({ signal }) => every((query) => ok(client.GET('/assess/mine', { signal, params: { query } }))) })
  const columns: Col<MyScore>[] = [
    { key: 'round', title: t('assess.round'), fixed: true, render: (s) => <><Link to="/assess/mine/$id" params={{ id: s.round.id }}>{s.round.name}</Link> <RoundTag round={s.round} /></> },
    { key: 'unit', title: t('assess.unit'), render: (s) => s.unit.name },
    { key: 'rank', title: t('assess.rank'), align: 'right', render: (s) => (s.rank ? t('assess.rank_of', { rank: s.rank, n: s.units }) : '') },
    { key: 'total', title: t('assess.total'), align: 'right', render: (s) => <strong>{s.total}</strong> },
    { key: 'period', title: t('assess.period'), render: (s) => `${s.round.from} — ${s.round.to}` },
  ]
  return (
    <Page help="scores#mine" name={t('assess.mine')}>
      <div className="stack-wide">
        <Now />
        <section className="panel">
          <h2>{t('now.published')}</h2>
          <DataTable id="my-scores" label={t('assess.mine')} query={query} columns={columns} rowKey={(s) => `${s.round.id} ${s.unit.id}`} paged={false} empty={<Nothing text={t('assess.no_mine')} />} />
        </section>
        <section className="panel">
          <h2><Term of="sample">{t('assess.samples')}</Term></h2>
          <Samples />
        </section>
      </div>
    </Page>
  )
}

// Who above looked into which text of this unit.
function Samples() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['samples', search.after, search.limit],
    queryFn: ({ signal }) => ok(client.GET('/assess/samples', { signal, params: { query: pageOf(search) } })),
  })
  const note = useAction({
    run: (s: Sample, act) => ok(client.POST('/assess/samples/{id}/noticed', { ...act(), params: { path: { id: s.id } } })),
    done: (s) => t('assess.noticed', { title: s.item.title }),
  })
  const columns: Col<Sample>[] = [
    { key: 'item', title: t('item.title'), fixed: true, render: (s) => <HrefLink href={s.item.href} className={s.noticed_at ? undefined : 'unread-dot'}>{s.item.title}</HrefLink> },
    { key: 'tenant', title: t('assess.sample_unit'), render: (s) => s.tenant_name },
    { key: 'by', title: t('assess.sample_by'), render: (s) => s.by_name },
    { key: 'at', title: t('app.time'), render: (s) => dateTime(s.at) },
    { key: 'noticed', title: t('assess.noticed_by'), fixed: true, render: (s) => (s.noticed_at
      ? t('assess.noticed_at', { who: s.noticed_by, at: dateTime(s.noticed_at) })
      : <Button size="small" loading={note.busy} onClick={() => { note.go(s) }}>{t('assess.notice')}</Button>) },
  ]
  return <DataTable id="samples" label={t('assess.samples')} query={query} columns={columns} rowKey={(s) => s.id} empty={<Nothing text={t('assess.no_samples')} />} />
}
