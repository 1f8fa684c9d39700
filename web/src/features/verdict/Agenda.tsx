import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { VerdictDue } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { StepTag } from './Steps'

/** What is due in all rounds, the first due first. */
export function Agenda() {
  const [search, set] = useAddress()
  const mine = search.mine === '1'
  const query = useQuery({ queryKey: ['verdict-dues'], queryFn: ({ signal }) => ok(client.GET('/verdict/dues', { signal })) })
  const columns: Col<VerdictDue>[] = [
    { key: 'step', title: t('verdict.step'), fixed: true, render: (d) => <Link to="/assess/rounds/$id/verdict" params={{ id: d.round_id }}>{t(`verdict.step.${d.step}`)}</Link> },
    { key: 'round', title: t('assess.round'), fixed: true, render: (d) => d.round_name },
    { key: 'state', title: t('app.state'), fixed: true, render: (d) => <StepTag s={d} /> },
    { key: 'due', title: t('verdict.due'), date: true, render: (d) => d.due },
    { key: 'who', title: t('verdict.responsible'), render: (d) => (d.mine ? <strong>{d.responsible.name}</strong> : d.responsible.name) },
    { key: 'leader', title: t('verdict.leader'), render: (d) => d.leader.name },
  ]
  const shown = { ...query, ...(query.data ? { data: { ...query.data, items: query.data.items.filter((d) => !mine || d.mine) } } : {}) } as typeof query
  return (
    <Page help="verdict#dates" name={t('verdict.agenda')}>
      <section className="panel">
        <div className="filters">
          <Segmented value={mine ? '1' : ''} onChange={(v) => { set({ mine: v }) }} options={[{ value: '', label: t('app.all') }, { value: '1', label: t('verdict.mine') }]} />
        </div>
        <DataTable id="verdict-dues" label={t('verdict.agenda')} query={shown} columns={columns} rowKey={(d) => `${d.round_id} ${d.step}`} paged={false} empty={<Nothing text={t('verdict.nothing_due')} />} />
      </section>
    </Page>
  )
}
