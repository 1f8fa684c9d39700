import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Segmented, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Heat, HeatRow, UnitKind } from '@/api/types'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Pager } from '@/ui/TableBars'
import { useAddress } from '@/ui/useAddress'
import { rounded } from './decimal'
import './views.css'

const BANDS = [0, 1, 2, 3, 4] as const

/** Tenants or departments, as the address has it. */
export function SubjectPick({ subject }: { subject: UnitKind }) {
  const [, set] = useAddress()
  return (
    <Segmented value={subject} onChange={(v) => { set({ subject: v, after: undefined, class: undefined, units: undefined }) }} options={[
      { value: 'tenant', label: t('assess.tenants') }, { value: 'department', label: t('assess.departments') },
    ]} />
  )
}

export const subjectIn = (search: { subject?: string | undefined }): UnitKind => (search.subject === 'department' ? 'department' : 'tenant')

/** Units by indicators, each cell coloured by how the unit stands in its class; a cell opens its line. */
export function HeatView({ round }: { round: string }) {
  const [search, set] = useAddress()
  const subject = subjectIn(search)
  const asked = { subject, limit: 50, ...(search.class ? { class: search.class } : {}), ...(search.after ? { after: search.after } : {}) }
  const query = useQuery({
    queryKey: ['heat', round, asked], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/heat', { signal, params: { path: { id: round }, query: asked } })),
  })
  const classes = query.data?.classes ?? []
  return (
    <div className="stack-wide">
      <div className="row">
        <SubjectPick subject={subject} />
        {classes.length > 0 && (
          <Select allowClear style={{ minWidth: 160 }} value={search.class} placeholder={t('heat.every_class')} aria-label={t('assess.class')}
            onChange={(c: string | undefined) => { set({ class: c, after: undefined }) }} options={classes.map((c) => ({ value: c.code, label: c.name }))} />
        )}
      </div>
      <section className="panel">
        <h2>{t('heat.title')}</h2>
        <p className="quiet">{t('heat.hint')}</p>
        <p>{BANDS.map((b) => <span key={b} className="band-key"><i className={`band-${b}`} aria-hidden="true" />{t(`heat.band.${b}`)}</span>)}</p>
        <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('assess.no_ranking')} />}>
          {(d) => <><Cells heat={d} round={round} /><div className="table-foot"><span /><Pager next={d.next} /></div></>}
        </Loaded>
      </section>
    </div>
  )
}

function Cells({ heat, round }: { heat: Heat; round: string }) {
  return (
    <div className="matrix" role="region" aria-label={t('heat.title')} tabIndex={0}>
      <table className="heat">
        <thead><tr><th scope="col">{t('assess.unit')}</th><th scope="col" className="num">{t('assess.total')}</th>{heat.rules.map((r) => <th key={r.code} scope="col" className="num" title={r.group}>{r.name}</th>)}</tr></thead>
        <tbody>
          {heat.items.map((row) => (
            <tr key={row.unit.id}>
              <th scope="row">{row.rank} <Link to="/assess/rounds/$id/units/$unit" params={{ id: round, unit: row.unit.id }}>{row.unit.name}</Link></th>
              <td><span><strong>{row.total}</strong></span></td>
              {heat.rules.map((r) => <Cell key={r.code} row={row} code={r.code} name={r.name} round={round} />)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Cell({ row, code, name, round }: { row: HeatRow; code: string; name: string; round: string }) {
  const c = row.cells.find((x) => x.rule === code)
  if (!c) return <td />
  const band = BANDS[c.band] ?? 2
  return (
    <td className={`band-${band}`}>
      <Link to="/assess/rounds/$id/units/$unit" params={{ id: round, unit: row.unit.id }} search={{ entry: c.entry }}
        aria-label={t('heat.cell', { unit: row.unit.name, rule: name, points: rounded(c.points), n: c.n, band: t(`heat.band.${band}`) })}>
        {rounded(c.points)}
      </Link>
    </td>
  )
}
