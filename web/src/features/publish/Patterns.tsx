import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Pattern, PatternUnit } from '@/api/types'
import { useMe } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { HelpLink } from '@/ui/HelpLink'
import { Nothing } from '@/ui/Loaded'
import { sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'
import { PatternIssue } from './PatternIssue'
import { PatternPlan } from './PatternPlan'
import { PatternView } from './PatternView'
import './columns.css'

const VIEWS = ['above', 'here', 'units'] as const

/** The rules of the tenant above as a pattern, and our own as one for those below (R025). */
export function Patterns() {
  const [search, set] = useAddress()
  const me = useMe()
  const [shown, setShown] = useState<string>()
  const view = VIEWS.find((v) => v === search.view) ?? (me.tenant.path.length > 1 ? 'above' : 'here')
  if (search.pattern) return <PatternPlan id={search.pattern} back={() => { set({ pattern: undefined }) }} />
  return (
    <div className="stack-wide">
      <div className="row">
        <Segmented value={view} onChange={(v) => { set({ view: v, after: undefined, sort: undefined }) }} options={VIEWS.map((v) => ({ value: v, label: t(`pattern.view.${v}`) }))} />
        <HelpLink page="columns" at="patterns" about={t('pattern.tab')} />
      </div>
      {view === 'units' ? <Units /> : <Versions key={view} from={view} open={(p) => { if (p.own) setShown(p.id); else set({ pattern: p.id, after: undefined, sort: undefined }) }} />}
      <PatternView id={shown} close={() => { setShown(undefined) }} />
    </div>
  )
}

function Versions({ from, open }: { from: 'above' | 'here'; open: (p: Pattern) => void }) {
  const [search] = useAddress()
  const asked = { from, ...sortedPageOf<'/publish/patterns'>(search) }
  const query = useQuery({
    queryKey: ['patterns', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/patterns', { signal, params: { query: asked } })),
  })
  const columns: Col<Pattern>[] = [
    { key: 'version', title: t('pattern.version'), fixed: true, sort: '-version', render: (p) => (
      <Button type="link" className="pattern-link" onClick={() => { open(p) }}>{t('pattern.nth', { n: p.version })}</Button>
    ) },
    ...(from === 'above' ? [{ key: 'issuer', title: t('pattern.issuer'), sort: 'issuer', render: (p: Pattern) => p.issuer.name }] : []),
    { key: 'note', title: t('pattern.note'), render: (p) => p.note },
    { key: 'columns', title: t('pattern.columns'), align: 'right', render: (p) => p.columns },
    { key: 'at', title: t('pattern.at'), date: true, sort: '-issued_at', render: (p) => dateTime(p.issued_at) },
    { key: 'state', title: t('app.state'), render: (p) => <State row={p} /> },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (p) => (
      <Button size="small" type={from === 'above' && p.newest && !p.adopted_at ? 'primary' : 'default'} onClick={() => { open(p) }}>{t(from === 'above' && p.newest ? 'pattern.plan' : 'pattern.look')}</Button>
    ) },
  ]
  return (
    <>
      {from === 'here' && <PatternIssue />}
      <DataTable id={`patterns-${from}`} label={t(`pattern.view.${from}`)} query={query} columns={columns} rowKey={(p) => p.id}
        empty={<Nothing text={t(from === 'above' ? 'pattern.empty_above' : 'pattern.empty_here')} />} />
    </>
  )
}

function State({ row }: { row: Pattern }) {
  return (
    <span className="row">
      {row.newest ? <Tag color="blue">{t('pattern.newest')}</Tag> : <Tag>{t('pattern.older')}</Tag>}
      {row.adopted_at && <Tag color="success">{t('pattern.adopted_at', { at: dateTime(row.adopted_at) })}</Tag>}
    </span>
  )
}

function Units() {
  const [search] = useAddress()
  const asked = sortedPageOf<'/publish/pattern-units'>(search)
  const query = useQuery({
    queryKey: ['patterns', 'units', asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/pattern-units', { signal, params: { query: asked } })),
  })
  const columns: Col<PatternUnit>[] = [
    { key: 'name', title: t('pattern.unit'), fixed: true, sort: 'name', render: (u) => u.name },
    { key: 'version', title: t('pattern.adopted'), sort: '-version', render: (u) => (u.version ? t('pattern.nth', { n: u.version }) : <span className="quiet">{t('pattern.none')}</span>) },
    { key: 'at', title: t('pattern.adopted_on'), date: true, sort: '-at', render: (u) => dateTime(u.at) },
  ]
  return (
    <>
      <span className="quiet">{t('pattern.units_hint')}</span>
      <DataTable id="pattern-units" label={t('pattern.view.units')} query={query} columns={columns} rowKey={(u) => u.id} empty={<Nothing text={t('pattern.empty_units')} />} />
    </>
  )
}
