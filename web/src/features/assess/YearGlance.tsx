import { ArrowDownOutlined, ArrowUpOutlined, WarningOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { YearDue, YearList, YearRow } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { HrefLink } from '@/ui/HrefLink'
import { Loaded } from '@/ui/Loaded'
import './views.css'

/** The year on one page: what is due, and of each list who leads, who trails, and how many lights are on. */
export function YearGlance({ year }: { year: string | undefined }) {
  const query = useQuery({
    queryKey: ['year', year],
    queryFn: ({ signal }) => ok(client.GET('/assess/year', { signal, params: { query: year ? { year: Number(year) } : {} } })),
  })
  return (
    <Loaded query={query} isEmpty={() => false} empty={null}>
      {(y) => (
        <div className="glance">
          <section className="panel" id="due">
            <h2>{t('year.due')}</h2>
            {y.due.length === 0 ? <p className="quiet">{t('year.nothing_due')}</p> : <ul className="dues">{y.due.map((d) => <DueLine key={d.kind + d.href} due={d} />)}</ul>}
            <NextSteps rounds={y.rounds.map((r) => r.id)} />
          </section>
          {y.lists.map((l) => <ListCard key={l.round + l.kind + l.class} list={l} />)}
        </div>
      )}
    </Loaded>
  )
}

function DueLine({ due: d }: { due: YearDue }) {
  return (
    <li>
      <span className="grow">
        {d.late && <WarningOutlined className="due-late" aria-label={t('year.late')} />} <HrefLink href={d.href}>{t(`year.due.${d.kind}`, { name: d.name, n: d.n })}</HrefLink>
      </span>
      {d.day && <span className={d.late ? 'when due-late' : 'when'}>{d.late ? t('year.late_since', { day: d.day }) : d.day}</span>}
    </li>
  )
}

const NEXT = 5

// The next steps of the rounds that have a calendar.
function NextSteps({ rounds }: { rounds: string[] }) {
  const may = useCan()('verdict.view')
  const query = useQuery({ queryKey: ['verdict-dues'], enabled: may, queryFn: ({ signal }) => ok(client.GET('/verdict/dues', { signal })) })
  const steps = (query.data?.items ?? []).filter((d) => rounds.includes(d.round_id)).slice(0, NEXT)
  if (steps.length === 0) return null
  return (
    <>
      <h3>{t('year.steps')}</h3>
      <ul className="dues">
        {steps.map((d) => (
          <li key={d.round_id + d.step}>
            <span className="grow"><Link to="/assess/rounds/$id/verdict" params={{ id: d.round_id }}>{t('year.step', { step: t(`verdict.step.${d.step}`), round: d.round_name })}</Link></span>
            <span className={d.state === 'late' ? 'when due-late' : 'when'}>{d.due}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function ListCard({ list: l }: { list: YearList }) {
  const subject = l.kind === 'tenant' ? t('assess.tenants') : t('assess.departments')
  const grades = l.grades.filter((g) => g.n > 0)
  return (
    <section className="panel">
      <h3><Link to="/assess/rounds/$id" params={{ id: l.round }} search={{ subject: l.kind }}>{l.class ? t('year.list_class', { subject, class: l.class }) : subject}</Link></h3>
      <p className="quiet">{t('year.list_of', { scheme: l.scheme, round: l.name })}</p>
      <p className="brief">
        <span>{t('year.units', { n: l.units })}</span>
        <span>{t('year.median', { points: l.median })}</span>
        <span>{t('year.range', { lowest: l.lowest, highest: l.highest })}</span>
      </p>
      <p className="brief" aria-label={t('assess.lights')}>
        {(['green', 'yellow', 'red'] as const).map((c) => <span key={c} className={`glow glow-${c}`}><i aria-hidden="true" />{t('year.lights', { word: t(`assess.light.${c}`), n: l.lights[c] })}</span>)}
      </p>
      {grades.length > 0 && <p className="brief">{grades.map((g) => <Tag key={g.grade}>{t('year.grade', { grade: g.grade, n: g.n })}</Tag>)}</p>}
      <ol className="lines">
        {l.first.map((r) => <Place key={r.unit.id} round={l.round} row={r} />)}
        {l.last.length > 0 && l.units > 6 && <li className="quiet" aria-hidden="true">…</li>}
        {l.last.map((r) => <Place key={r.unit.id} round={l.round} row={r} />)}
      </ol>
    </section>
  )
}

function Place({ round, row: r }: { round: string; row: YearRow }) {
  return (
    <li>
      <span className="grow">{r.rank} <Link to="/assess/rounds/$id/units/$unit" params={{ id: round, unit: r.unit.id }}>{r.unit.name}</Link> <Moved by={r.movement ?? 0} /></span>
      {r.red > 0 && <span className="glow glow-red"><i aria-hidden="true" />{t('year.red', { n: r.red })}</span>}
      <strong className="num">{r.total}</strong>
    </li>
  )
}

/** How many places a unit won or lost; nothing if it stayed. */
export function Moved({ by }: { by: number }) {
  if (by === 0) return null
  return by > 0
    ? <span className="quiet"><ArrowUpOutlined style={{ color: '#2f7d4f' }} aria-label={t('assess.up')} />{by}</span>
    : <span className="quiet"><ArrowDownOutlined style={{ color: '#b5651d' }} aria-label={t('assess.down')} />{-by}</span>
}
