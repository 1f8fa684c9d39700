import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Button, Select, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { SchemeDiff, SchemeVersion } from '@/api/types'
import { type Key, t, tOr } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { useScheme, useSchemes } from './data'
import { levelName, namesOf } from './rules'
import './scheme.css'

type Change = SchemeDiff['changes'][number]
const PARTS: Change['part'][] = ['scheme', 'headings', 'rules', 'classes', 'grades', 'units']

/** The versions of a scheme, and in words what one has different from another, or from another scheme. */
export function Versions() {
  const { id } = useParams({ strict: false }) as { id: string }
  const scheme = useScheme(id)
  const [search, set] = useAddress()
  const query = useQuery({
    queryKey: ['scheme-versions', id, search.after],
    queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}/versions', { signal, params: { path: { id }, query: pageOf(search) } })),
  })
  const schemes = useSchemes()
  const now = scheme.data?.version ?? 0
  const columns: Col<SchemeVersion>[] = [
    { key: 'version', title: t('version.version'), fixed: true, render: (v) => <>{t('version.nth', { n: v.version })} {v.version === now && <Tag color="blue">{t('version.now')}</Tag>}</> },
    { key: 'at', title: t('version.at'), date: true, render: (v) => dateTime(v.at) },
    { key: 'by', title: t('version.by'), render: (v) => v.by_name },
    { key: 'rules', title: t('scheme.rules'), align: 'right', render: (v) => v.rules },
    { key: 'units', title: t('scheme.units'), align: 'right', render: (v) => v.units },
    { key: 'rounds', title: t('version.rounds'), align: 'right', render: (v) => v.rounds },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (v) => (v.version === now ? null : (
      <Button size="small" onClick={() => { set({ with: undefined, with_version: String(v.version) }) }}>{t('version.compare')}</Button>
    )) },
  ]
  return (
    <Page help="schemes#versions" name={t('version.page')} title={scheme.data ? t('version.title', { name: scheme.data.name }) : t('version.page')} back>
      <div className="stack-wide">
        <section className="panel">
          <h2>{t('version.list')}</h2>
          <DataTable id="scheme-versions" label={t('version.list')} query={query} columns={columns} rowKey={(v) => String(v.version)} />
        </section>
        <section className="panel">
          <h2>{t('version.difference')}</h2>
          <p>
            <Select allowClear style={{ minWidth: 260 }} placeholder={t('version.other')} aria-label={t('version.other')} value={search.with ?? null}
              onChange={(v: string | null | undefined) => { set({ with: v ?? undefined, with_version: undefined }) }}
              options={(schemes.data?.items ?? []).filter((s) => s.id !== id).map((s) => ({ value: s.id, label: t('scheme.copy_name', { year: s.year, name: s.name }) }))} />
          </p>
          <Difference id={id} version={now} name={namesOf(scheme.data?.rules, scheme.data?.plan)} />
        </section>
      </div>
    </Page>
  )
}

function Difference({ id, version, name }: { id: string; version: number; name: (code: string) => string }) {
  const [search] = useAddress()
  const asked = { ...(search.with ? { with: search.with } : {}), ...(search.with_version ? { with_version: Number(search.with_version) } : {}) }
  const query = useQuery({
    queryKey: ['scheme-difference', id, version, asked], enabled: version > 0,
    queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}/difference', { signal, params: { path: { id }, query: asked } })),
  })
  return (
    <Loaded query={query} isEmpty={(d) => d.changes.length === 0} empty={<Nothing text={t('version.same')} />}>
      {(d) => (
        <>
          <p className="quiet">{t('version.between', { was: t('version.side', { name: d.was.name, n: d.was.version }), is: t('version.side', { name: d.is.name, n: d.is.version }) })}</p>
          {PARTS.filter((p) => d.changes.some((c) => c.part === p)).map((p) => (
            <div key={p} className="difference">
              <h3>{t(`version.part.${p}`)}</h3>
              <ul className="lines">
                {p === 'units' && UNITS.map((kind) => <Several key={kind} kind={kind} names={d.changes.filter((c) => c.part === p && c.kind === kind).map((c) => c.name)} />)}
                {d.changes.filter((c) => c.part === p && (p !== 'units' || c.kind === 'changed')).map((c) => <One key={c.code + c.kind} change={c} name={name} />)}
              </ul>
            </div>
          ))}
        </>
      )}
    </Loaded>
  )
}

const UNITS = ['added', 'removed'] as const

// Units that came or went, in one line.
function Several({ kind, names }: { kind: (typeof UNITS)[number]; names: string[] }) {
  return names.length === 0 ? null : <li><span className="grow"><Tag color={TAG[kind]}>{t(`version.kind.${kind}`)}</Tag> {t('scheme.named', { n: names.length, names: names.join(t('app.comma')) })}</span></li>
}

const TAG = { added: 'success', removed: 'error', changed: 'warning' } as const

function One({ change, name }: { change: Change; name: (code: string) => string }) {
  const words = (field: string, v: string) => said(change.part, field, v, name)
  const fields = change.fields.filter((f) => change.kind === 'changed' || (f.field !== 'name' && f.field !== 'code'))
  return (
    <li>
      <span className="grow">
        <Tag color={TAG[change.kind]}>{t(`version.kind.${change.kind}`)}</Tag> <strong>{change.name}</strong>
        {fields.map((f) => (
          <div key={f.field + f.title}>
            <span className="quiet">{f.field === 'milestones' ? f.title : fieldTitle(change.part, f.field)}</span>{' '}
            {change.kind === 'changed' && <><del>{words(f.field, f.was) || t('version.nothing')}</del> → </>}
            {change.kind === 'removed' ? <del>{words(f.field, f.was)}</del> : <ins>{words(f.field, f.is) || t('version.nothing')}</ins>}
          </div>
        ))}
      </span>
    </li>
  )
}

const fieldTitle = (part: Change['part'], field: string) => tOr(`scheme_field.${part}.${field}`, tOr(`scheme_field.${field}`, tOr(`rule.${field}`, field)))

// The words of a field that is one of a few; levels by their names; all else as it stands.
function said(part: Change['part'], field: string, v: string, name: (code: string) => string): string {
  if (v === '') return ''
  if (['heading', 'parent', 'of', 'exempt', 'class'].includes(field)) return v.split('；').map(name).join(t('app.comma'))
  if (part === 'rules' && field === 'type') return tOr(`rule.${v}`, v)
  if (part === 'rules' && ['every', 'shortfall', 'measure', 'pick', 'effect'].includes(field)) return tOr(`rule.${field}.${v}`, v)
  if (part === 'headings' && field === 'kind') return t(`plan.kind.${v}` as Key)
  if (part === 'units' && field === 'kind') return t(v === 'tenant' ? 'assess.tenants' : 'assess.departments')
  if (field === 'levels' || field === 'grades') return v.split('；').map((p) => { const [l, ...rest] = p.split('='); return t('version.pair', { name: levelName(l), value: rest.join('=') }) }).join(t('app.comma'))
  return v
}
