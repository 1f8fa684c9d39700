import { DownloadOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Segmented } from 'antd'
import { client, ok } from '@/api/client'
import { currentLocale, t } from '@/i18n'
import { pageOf } from '@/ui/DataTable'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref } from '@/ui/sort'
import { Pager } from '@/ui/TableBars'
import { useAddress } from '@/ui/useAddress'
import { FindingCard } from './InspectFinding'
import './inspect.css'

/** What inspections found about my department, and what waits for our answer (W06). */
export function InspectMine() {
  const [search, set] = useAddress()
  const filter = search.tab === 'all' ? {} : { state: 'todo' as const }
  const query = useQuery({
    queryKey: ['findings', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/findings', { signal, params: { query: { ...pageOf(search), ...filter } } })),
  })
  return (
    <Page help="inspection#reply" name={t('inspect.mine')} back extra={
      <Button icon={<DownloadOutlined />} href={exportHref('/publish/findings', filter, currentLocale())} download>{t('inspect.export')}</Button>
    }>
      <section className="panel">
        <Segmented className="gap-below" value={search.tab ?? 'todo'} onChange={(tab) => { set({ tab: tab === 'all' ? tab : undefined, after: undefined }) }}
          options={[{ value: 'todo', label: t('inspect.mine_todo') }, { value: 'all', label: t('inspect.mine_all') }]} />
        <Loaded query={query} isEmpty={(l) => l.items.length === 0} empty={<Nothing text={t('inspect.mine_empty')} />}>
          {(l) => (
            <>
              <ul className="inspect-items">
                {l.items.map((f) => (
                  <li key={f.id}>
                    <div className="row-between">
                      <Link className="title" to="/publish/items/$id" params={{ id: f.item_id }}><strong>{f.item_title}</strong></Link>
                      <span className="quiet"><Link style={{ textDecoration: 'underline' }} to="/publish/inspections/$id" params={{ id: f.inspection_id }}>{f.inspection_name}</Link> · {f.unit_name || t('inspect.whole')}</span>
                    </div>
                    <FindingCard finding={f} />
                  </li>
                ))}
              </ul>
              <div className="table-foot"><Pager next={l.next} /></div>
            </>
          )}
        </Loaded>
      </section>
    </Page>
  )
}
