import { SafetyCertificateOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Input, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { AuditRecord } from '@/api/types'
import { useCan } from '@/app/session'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { DaysInput } from '@/ui/DaysInput'
import { dateTime } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Nothing } from '@/ui/Loaded'
import { PersonSelect } from '@/ui/pickers'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { type Search, useAddress } from '@/ui/useAddress'
import { Detail } from './Detail'
import { actionText, featureText, objectText, personText, placeOf, thingOf } from './words'

const FILTERS = ['q', 'from', 'to', 'member', 'who', 'ip', 'action', 'object'] as const

function queryOf(s: Search) {
  return { ...sortedPageOf<'/audit/entries'>(s), ...Object.fromEntries(FILTERS.flatMap((f) => s[f] ? [[f, s[f]]] : [])) }
}

/** What was done: when, by whom, to what; the filter is in the address. */
export function Entries() {
  const [search, set] = useAddress()
  const [shown, setShown] = useState<AuditRecord>()
  const can = useCan()
  const query = useQuery({
    queryKey: ['audit', 'entries', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/audit/entries', { signal, params: { query: queryOf(search) } })),
  })
  const filter = (patch: Search) => { set({ ...patch, after: undefined }) }
  const columns: Col<AuditRecord>[] = [
    { key: 'action', title: t('audit.action_filter'), fixed: true, render: (r) => <Button type="link" className="flush" onClick={() => { setShown(r) }}>{actionText(r.action)}</Button> },
    { key: 'person', title: t('audit.person'), render: personText },
    { key: 'object', title: t('audit.object'), render: (r) => {
      const href = placeOf(r.object, can)
      return href ? <HrefLink href={href}>{objectText(r)}</HrefLink> : objectText(r)
    } },
    { key: 'ip', title: t('audit.ip'), extra: true, render: (r) => <span className="mono">{r.ip}</span> },
    { key: 'at', title: t('app.time'), date: true, sort: '-at', render: (r) => dateTime(r.at) },
  ]
  return (
    <>
      <Filters search={search} filter={filter} who={query.data?.items.find((r) => r.member_id === search.member)} />
      <div className="row gap-below">
        <SignedExport search={search} format="json" /><SignedExport search={search} format="xlsx" />
        <small className="quiet" style={{ alignSelf: 'center' }}>{t('audit.signed_hint')}</small>
      </div>
      <DataTable id="audit" label={t('audit.title')} query={query} columns={columns} rowKey={(r) => r.id} onRow={setShown}
        exportHref={exportHref('/audit/entries', queryOf(search), currentLocale())} empty={<Nothing text={t('audit.empty')} />} />
      {shown && <Detail record={shown} close={() => { setShown(undefined) }} only={(object) => { setShown(undefined); filter({ object }) }} />}
    </>
  )
}

// The same records as a package with a signature: hetu doctor export tells whether anything was changed since.
function SignedExport({ search, format }: { search: Search; format: 'json' | 'xlsx' }) {
  const asked = Object.fromEntries(FILTERS.flatMap((f) => search[f] ? [[f, search[f]]] : []))
  const query = new URLSearchParams({ ...asked, format, lang: currentLocale() === 'en' ? 'en' : 'zh' })
  return <Button size="small" icon={<SafetyCertificateOutlined />} href={`/api/audit/export?${query.toString()}`} download>{t(`audit.signed_${format}`)}</Button>
}

function Filters({ search, filter, who }: { search: Search; filter: (patch: Search) => void; who?: AuditRecord }) {
  const actions = useQuery({ queryKey: ['audit', 'actions'], queryFn: ({ signal }) => ok(client.GET('/audit/actions', { signal })) })
  return (
    <div className="filters">
      <Input.Search className="grow" key={search.q} allowClear defaultValue={search.q} placeholder={t('audit.search')} aria-label={t('audit.search')} onSearch={(q) => { filter({ q }) }} />
      <DaysInput aria-label={t('audit.from_to')} value={search} style={{ maxWidth: 280 }} onChange={(days) => { filter({ from: days?.from, to: days?.to }) }} />
      <PersonSelect allowClear initial={who ? { id: who.member_id, name: who.name } : null} style={{ minWidth: 150 }} placeholder={t('audit.person')} aria-label={t('audit.person')} value={search.member} onChange={(member?: string) => { filter({ member, who: undefined }) }} />
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} style={{ minWidth: 170 }} placeholder={t('audit.all_actions')} aria-label={t('audit.action_filter')}
        value={search.action} onChange={(action: string | undefined) => { filter({ action }) }} options={grouped((actions.data?.items ?? []).map((a) => a.action))} />
      {search.who === 'system' && <Tag closable onClose={() => { filter({ who: undefined }) }} style={{ alignSelf: 'center' }}>{t('audit.system')}</Tag>}
      {search.ip && <Tag closable onClose={() => { filter({ ip: undefined }) }} style={{ alignSelf: 'center' }}>{search.ip === 'none' ? t('audit.no_address') : t('audit.from_address', { ip: search.ip })}</Tag>}
      {search.object && <Tag closable onClose={() => { filter({ object: undefined }) }} style={{ alignSelf: 'center' }}>{t('audit.object_chosen', { name: objectText({ object: search.object, detail: {} }) })}</Tag>}
    </div>
  )
}

// The actions under the features whose they are.
function grouped(codes: string[]) {
  const features = [...new Set(codes.map((c) => thingOf(c.replace('.', '/')).kind.split('/')[0] ?? c))]
  return features.map((f) => ({
    label: featureText(f), title: f, options: codes.filter((c) => c === f || c.startsWith(`${f}.`)).map((c) => ({ value: c, label: actionText(c) })),
  }))
}
