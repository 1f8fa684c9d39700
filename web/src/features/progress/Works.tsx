import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { List, Work } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { Meter, StopButton } from './Bar'
import { Result } from './Result'
import { isOpen, kindText, outcome } from './words'

/** The long works one has asked for: those under way, and how the others ended. */
export function Works() {
  const [search, set] = useAddress()
  const open = search.state === 'open'
  const query = useQuery<List<Work>>({
    queryKey: ['works', 'mine', search.after, search.limit, open], placeholderData: keepPreviousData,
    refetchInterval: (q) => (q.state.data?.items.some(isOpen) ? 1_000 : false),
    queryFn: ({ signal }) => ok(client.GET('/progress/works', { signal, params: { query: { ...pageOf(search), ...(open ? { state: 'open' } : {}) } } })) as Promise<List<Work>>,
  })
  const columns: Col<Work>[] = [
    { key: 'title', title: t('work.what'), fixed: true, render: (w) => <>{kindText(w)}<div className="quiet">{w.title}</div></> },
    { key: 'state', title: t('app.state'), fixed: true, width: 320, render: (w) => (isOpen(w) ? <div className="work-meter"><Meter work={w} /></div> : <span className={w.state === 'failed' ? 'red' : undefined}>{outcome(w)}</span>) },
    { key: 'asked', title: t('work.asked_at'), render: (w) => dateTime(w.created_at) },
    { key: 'ended', title: t('work.ended_at'), render: (w) => dateTime(w.ended_at) },
    { key: 'until', title: t('work.file_until'), extra: true, render: (w) => dateTime(w.file?.until) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (w) => (isOpen(w) ? <StopButton work={w} /> : <Result work={w} />) },
  ]
  return (
    <Page help="lists#works" name={t('work.mine')}>
      <section className="panel">
        <div className="filters">
          <Segmented value={open ? 'open' : ''} onChange={(v) => { set({ state: v, after: undefined }) }}
            options={[{ value: '', label: t('app.all') }, { value: 'open', label: t('work.open_only') }]} />
        </div>
        <DataTable id="works" label={t('work.mine')} query={query} columns={columns} rowKey={(w) => w.id} {...(search.work ? { selected: search.work } : {})}
          empty={<Nothing text={t('work.none')} />} />
      </section>
    </Page>
  )
}
