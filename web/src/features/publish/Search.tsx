import './search.css'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, Checkbox, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import type { Found, Mark } from '@/api/types'
import { t } from '@/i18n'
import { DayInput } from '@/ui/DayInput'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { DepartmentSelect } from '@/ui/pickers'
import { pageOf } from '@/ui/sort'
import { Pager } from '@/ui/TableBars'
import { type Search, useAddress } from '@/ui/useAddress'
import { useRowKeys } from '@/ui/useRowKeys'
import { useColumns } from './data'
import { pieces } from './marks'

const FILTERS = ['in', 'column', 'department', 'kind', 'from', 'to', 'expired'] as const
const KINDS = ['news', 'notice', 'announcement', 'briefing'] as const

function useFound(search: Search) {
  const q = search.q ?? ''
  return useQuery({
    queryKey: ['search', search], enabled: q !== '', placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/search', { signal, params: { query: {
      q, ...pageOf(search), ...Object.fromEntries(FILTERS.flatMap((f) => (search[f] ? [[f, search[f]]] : []))),
    } } })),
  })
}

/** What is published and may be read, by its words; what is asked for stands in the address. */
export function SearchPage() {
  const [search, set] = useAddress()
  const query = useFound(search)
  const problem = query.isError ? asProblem(query.error) : undefined
  const wrong = problem?.field === 'q' ? problemText(problem) : undefined
  return (
    <Page help="search" name={t('find.title')}>
      <section className="panel">
        <Filters search={search} wrong={wrong} filter={(patch) => { set({ ...patch, after: undefined }) }} />
        {search.q && !wrong && (
          <Loaded query={query} isEmpty={(d) => d.items.length === 0 && !d.next} empty={(
            <Nothing text={t('find.empty')}>
              {FILTERS.some((f) => search[f]) && <Button onClick={() => { set({ ...Object.fromEntries(FILTERS.map((f) => [f, undefined])), after: undefined }) }}>{t('table.clear_filter')}</Button>}
            </Nothing>
          )}>
            {(data) => <><Results items={data.items} /><div className="table-foot"><span role="status" className="quiet">{data.next ? t('find.more') : ''}</span><Pager next={data.next} /></div></>}
          </Loaded>
        )}
      </section>
    </Page>
  )
}

function Filters({ search, wrong, filter }: { search: Search; wrong?: string; filter: (patch: Search) => void }) {
  const columns = useColumns()
  const day = (which: 'from' | 'to') => (
    <DayInput className="found-day" style={{}} aria-label={`${t('find.from_to')} ${t(`find.${which}`)}`} placeholder={t(`find.${which}`)}
      value={search[which] ?? null} onChange={(d) => { filter({ [which]: d }) }} />
  )
  return (
    <>
      <div className="filters search-filters">
        <Input.Search className="grow" key={search.q} allowClear autoFocus={!search.q} enterButton maxLength={100} defaultValue={search.q} status={wrong ? 'error' : ''}
          placeholder={t('find.box')} aria-label={t('find.box')} aria-invalid={Boolean(wrong)} aria-describedby="search-hint" onSearch={(q) => { filter({ q: q.trim() }) }} />
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} style={{ minWidth: 160 }} placeholder={t('item.all_columns')} aria-label={t('item.column')}
          value={search.column} onChange={(column?: string) => { filter({ column }) }} options={(columns.data?.items ?? []).map((c) => ({ value: c.id, label: c.name }))} />
        <DepartmentSelect allowClear style={{ minWidth: 150 }} placeholder={t('member.all_departments')} aria-label={t('item.department')}
          value={search.department} onChange={(department?: string) => { filter({ department }) }} />
        <Select allowClear style={{ minWidth: 110 }} placeholder={t('item.kind')} aria-label={t('item.kind')}
          value={search.kind} onChange={(kind?: string) => { filter({ kind }) }} options={KINDS.map((k) => ({ value: k, label: t(`item.kind.${k}`) }))} />
        {day('from')}
        {day('to')}
        <Checkbox style={{ alignSelf: 'center' }} checked={search.in === 'title'} onChange={(e) => { filter({ in: e.target.checked ? 'title' : undefined }) }}>{t('find.in_title')}</Checkbox>
        <Checkbox style={{ alignSelf: 'center' }} checked={search.expired === 'true'} onChange={(e) => { filter({ expired: e.target.checked ? 'true' : undefined }) }}>{t('find.expired')}</Checkbox>
      </div>
      <p id="search-hint" role="status" className={wrong ? 'ant-form-item-explain-error search-hint' : 'quiet search-hint'} style={wrong ? { color: 'var(--cinnabar)' } : undefined}>{wrong ?? t('find.hint')}</p>
    </>
  )
}

function Results({ items }: { items: Found[] }) {
  const navigate = useNavigate()
  const at = useRowKeys(items.map((x) => x.id), (id) => void navigate({ to: '/publish/items/$id', params: { id } }))
  return (
    <ul className="found" aria-label={t('find.list')}>
      {items.map((x) => (
        <li key={x.id} data-row={x.id} className={x.id === at ? 'row-selected' : undefined}>
          <Link to="/publish/items/$id" params={{ id: x.id }} className="title"><Marked text={x.title} marks={x.title_marks} /></Link>
          {x.hit.text && <p>{x.hit.where === 'attachment' && <span className="quiet">{t('find.attachment')} </span>}<Marked text={x.hit.text} marks={x.hit.marks} /></p>}
          <div className="facts">
            <span>{x.column_name}</span><span>{t(`item.kind.${x.kind}`)}</span><span>{x.department_name}</span><span className="num">{dateTime(x.published_at)}</span>{x.expired && <span>{t('item.expired')}</span>}
          </div>
        </li>
      ))}
    </ul>
  )
}

function Marked({ text, marks }: { text: string; marks: Mark[] }) {
  return pieces(text, marks).map((p, i) => (p.marked ? <mark key={i}>{p.text}</mark> : <span key={i}>{p.text}</span>))
}
