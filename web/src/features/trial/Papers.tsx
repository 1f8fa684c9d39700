import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { TrialPaper, TrialRun } from '@/api/types'
import { t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'

/** What went round electronically while the run went on, and whether the paper copy followed. */
export function Papers({ run }: { run: TrialRun }) {
  const query = useQuery({ queryKey: ['trial-papers', run.id], queryFn: ({ signal }) => ok(client.GET('/trial/runs/{id}/papers', { signal, params: { path: { id: run.id }, query: { limit: 100 } } })) })
  const record = useAction({
    run: (p: TrialPaper, act) => ok(client.POST('/trial/runs/{id}/papers', { ...act(), params: { path: { id: run.id } }, body: { case_id: p.case_id } })),
    confirm: (p) => ({ title: t('trial.paper_ask', { title: p.title }) }),
    done: () => t('trial.paper_done'),
  })
  const columns: Col<TrialPaper>[] = [
    { key: 'title', title: t('trial.title'), fixed: true, render: (p) => <Link to="/approval/cases/$id" params={{ id: p.case_id }}>{p.title}</Link> },
    { key: 'state', title: t('trial.electronic'), render: (p) => tOr(`trial.case.${p.state}`, p.state) },
    { key: 'at', title: t('trial.started_at'), date: true, render: (p) => dateTime(p.started_at) },
    { key: 'paper', title: t('trial.paper'), fixed: true, render: (p) => (p.paper_at
      ? <><Tag color="success">{t('trial.paper_yes')}</Tag><span className="quiet">{p.paper_by} {dateTime(p.paper_at)}</span></>
      : run.state === 'running' && p.state === 'approved'
        ? <Button size="small" onClick={() => { record.go(p) }}>{t('trial.paper_record')}</Button>
        : <span className="quiet">{t(p.state === 'approved' ? 'trial.paper_no' : 'trial.paper_wait')}</span>) },
  ]
  return (
    <section className="panel">
      <h2>{t('trial.papers')}</h2>
      <p className="quiet">{t('trial.dual_hint')}</p>
      <DataTable id="trial-papers" label={t('trial.papers')} query={query} columns={columns} rowKey={(p) => p.case_id} paged={false} empty={<Nothing text={t('trial.no_papers')} />} />
    </section>
  )
}
