import { ExperimentOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Scheme, Trial } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { useScheme } from './data'
import { format, parse, rounded } from './decimal'
import { Movement } from './RankingView'
import { namesOf } from './rules'
import { TryForm } from './TryForm'
import { askedOf } from './trying'
import './scheme.css'

type Row = Trial['rows'][number]
type Shift = Trial['rules'][number]

/** What a scheme would give for a past period, beside what was: who gains, who loses, by which rule. Nothing is kept. */
export function Try() {
  const { id } = useParams({ strict: false }) as { id: string }
  const scheme = useScheme(id)
  return (
    <Page help="schemes#try" name={t('try.page')} title={scheme.data ? t('try.title', { name: scheme.data.name }) : t('try.page')} back>
      <Loaded query={scheme}>{(s) => <Trying scheme={s} />}</Loaded>
    </Page>
  )
}

function Trying({ scheme }: { scheme: Scheme }) {
  const [search] = useAddress()
  const asked = askedOf(search)
  const query = useQuery({
    queryKey: ['trial', scheme.id, scheme.version, asked], enabled: asked !== undefined, placeholderData: keepPreviousData, retry: false, refetchOnWindowFocus: false,
    queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}/trial', { signal, params: { path: { id: scheme.id }, query: asked ?? {} } })),
  })
  return (
    <div className="stack-wide">
      <TryForm scheme={scheme} busy={query.isFetching} />
      {asked === undefined ? <section className="panel"><Nothing text={t('try.begin')}><ExperimentOutlined aria-hidden style={{ fontSize: 28 }} /></Nothing></section>
        : <Loaded query={query}>{(trial) => <Outcome trial={trial} scheme={scheme} />}</Loaded>}
    </div>
  )
}

function Outcome({ trial, scheme }: { trial: Trial; scheme: Scheme }) {
  const name = namesOf(scheme.rules, scheme.plan)
  const gains = trial.rows.filter((r) => r.was && parse(r.was.change) > 0n).length
  const loses = trial.rows.filter((r) => r.was && parse(r.was.change) < 0n).length
  return (
    <>
      <Alert type="info" showIcon title={trial.beside ? t('try.sum', { beside: besideText(trial), gains, loses, same: trial.rows.filter((r) => r.was).length - gains - loses }) : t('try.alone', { n: trial.rows.length })}
        description={t('try.about', { from: trial.from, to: trial.to, n: trial.facts, ms: trial.millis })} />
      {trial.rules.length > 0 && (
        <section className="panel">
          <h2>{t('try.rules')}</h2>
          <DataTable<Shift> id="trial-rules" label={t('try.rules')} rowKey={(r) => r.code} paged={false} query={listOf(trial.rules)} columns={[
            { key: 'rule', title: t('assess.rule'), fixed: true, render: (r) => ruleName(r, name) },
            { key: 'change', title: t('try.change_all'), align: 'right', fixed: true, render: (r) => <Signed of={r.change} /> },
            { key: 'up', title: t('try.up'), align: 'right', render: (r) => r.up },
            { key: 'down', title: t('try.down'), align: 'right', render: (r) => r.down },
          ]} />
        </section>
      )}
      <section className="panel">
        <h2>{t('try.units')}</h2>
        <DataTable<Row> id="trial-units" label={t('try.units')} rowKey={(r) => r.unit.kind + r.unit.id} paged={false} query={listOf(trial.rows)} columns={unitColumns(trial, name)} />
        {trial.gone.length > 0 && <p className="quiet">{t('try.gone', { names: trial.gone.map((u) => u.name).join(t('app.comma')) })}</p>}
      </section>
    </>
  )
}

const listOf = <T,>(items: T[]) => ({ data: { items }, isError: false, isPending: false }) as never

function besideText(trial: Trial): string {
  const b = trial.beside
  return b ? t(`try.beside.${b.kind}`, { name: b.name, n: b.version }) : ''
}

const ruleName = (r: { code: string; name: string }, name: (code: string) => string) => r.name || name(r.code)

function unitColumns(trial: Trial, name: (code: string) => string): Col<Row>[] {
  const some = (is: (r: Row) => unknown) => trial.rows.some(is)
  return [
    { key: 'unit', title: t('assess.unit'), fixed: true, render: (r) => <>{r.unit.name}{trial.beside && !r.was && <> <Tag>{t('try.new')}</Tag></>}</> },
    { key: 'kind', title: t('try.kind'), render: (r) => t(r.unit.kind === 'tenant' ? 'assess.tenants' : 'assess.departments') },
    ...(some((r) => r.class) ? [{ key: 'class', title: t('assess.class'), render: (r: Row) => r.class }] : []),
    { key: 'rank', title: t('assess.rank'), align: 'right', fixed: true, render: (r) => r.rank },
    ...(trial.beside ? [{ key: 'moved', title: t('assess.movement'), align: 'center' as const, render: (r: Row) => <Movement by={r.was?.moved} /> }] : []),
    ...(some((r) => r.grade) ? [{ key: 'grade', title: t('assess.grade'), render: (r: Row) => (r.was?.grade && r.was.grade !== r.grade ? t('try.grade_moved', { was: r.was.grade, is: r.grade ?? '' }) : r.grade) }] : []),
    { key: 'total', title: t('assess.total'), align: 'right', fixed: true, render: (r) => <strong>{r.total}</strong> },
    ...(trial.beside ? [
      { key: 'was', title: t('try.was'), align: 'right' as const, render: (r: Row) => r.was?.total ?? '' },
      { key: 'change', title: t('try.change'), align: 'right' as const, fixed: true, render: (r: Row) => (r.was ? <Signed of={r.was.change} /> : '') },
      { key: 'by', title: t('try.by'), render: (r: Row) => (
        <span className="shifts">{r.by.map((s) => <span key={s.code} title={t('try.shift', { was: rounded(s.was), is: rounded(s.is) })}>{ruleName(s, name)} <Signed of={s.change} /></span>)}</span>
      ) },
    ] : []),
  ]
}

/** A difference with its sign; what is lost stands out by more than its colour. */
export function Signed({ of }: { of: string }) {
  const n = parse(rounded(of))
  return <span className={n < 0n ? 'num lost' : n > 0n ? 'num won' : 'num quiet'}>{n > 0n ? '+' : n < 0n ? '−' : ''}{format(n < 0n ? -n : n)}</span>
}
