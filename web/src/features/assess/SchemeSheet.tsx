import { Alert, Button } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { Plan, Rule, Scheme, Unit } from '@/api/types'
import { type Key, t, tOr } from '@/i18n'
import { Term } from '@/ui/HelpLink'
import { useAction } from '@/ui/useAction'
import { Records } from './Records'
import { namesOf, sentences } from './rules'

/** A scheme that can be changed no more, to be read. */
export function SchemeSheet({ scheme }: { scheme: Scheme }) {
  const of = (kind: Unit['kind']) => scheme.units.filter((u) => u.kind === kind).map((u) => u.name)
  const byHand = scheme.rules.filter((r) => r.deed_kind === 'assess.recorded')
  return (
    <div className="stack-wide">
      <Alert type="info" showIcon title={scheme.state === 'closed' ? t('scheme.ended') : t('scheme.frozen')}
        action={scheme.state === 'active' ? <End scheme={scheme} /> : undefined} />
      <section className="panel">
        <h2>{t('scheme.units')}</h2>
        <dl className="sheet">
          <div><dt>{t('calendar.year')}</dt><dd>{scheme.year}</dd></div>
          <div><dt>{t('assess.tenants')}</dt><dd>{names(of('tenant'))}</dd></div>
          <div><dt>{t('assess.departments')}</dt><dd>{names(of('department'))}</dd></div>
          {(scheme.plan.classes ?? []).map((c) => <div key={c.code}><dt>{c.name}</dt><dd>{names(inClass(scheme, c.code))}</dd></div>)}
          {(scheme.plan.grades ?? []).length > 0 && <div><dt>{t('plan.grades')}</dt><dd>{(scheme.plan.grades ?? []).map((g, i, all) => t(i === all.length - 1 && i > 0 ? 'plan.grade_last' : 'plan.grade_text', { name: g.name, points: g.at_least })).join(t('app.comma'))}</dd></div>}
        </dl>
      </section>
      {(scheme.plan.headings ?? []).length > 0 && <HeadingTree plan={scheme.plan} />}
      <section className="panel">
        <h2><Term of="rule">{t('scheme.rules')}</Term></h2>
        <ol className="rules">{scheme.rules.map((r) => <RuleText key={r.code} rule={r} scheme={scheme} />)}</ol>
      </section>
      {byHand.length > 0 && scheme.state !== 'draft' && <Records scheme={scheme} rules={byHand} />}
    </div>
  )
}

const names = (all: string[]) => (all.length > 0 ? t('scheme.named', { n: all.length, names: all.join(t('app.comma')) }) : t('scheme.nobody'))

function inClass(s: Scheme, code: string): string[] {
  const ids = new Set((s.plan.members ?? []).filter((m) => m.class === code).map((m) => m.unit))
  return s.units.filter((u) => ids.has(u.id)).map((u) => u.name)
}

function HeadingTree({ plan }: { plan: Plan }) {
  const below = (parent: string) => (plan.headings ?? []).filter((h) => (h.parent ?? '') === parent)
  const level = (parent: string) => (
    <ul>
      {below(parent).map((h) => (
        <li key={h.code}>
          <strong>{h.name}</strong>{' '}
          <span className="quiet">{[
            (h.kind ?? 'basic') === 'basic' ? t('plan.weight_text', { points: h.weight ?? '0' }) : t(`plan.kind.${h.kind ?? 'basic'}`),
            ...(h.cap ? [t('rule.cap_text', { points: h.cap })] : []), ...(h.floor ? [t('rule.say.floor', { points: h.floor })] : []),
            ...(h.leader ? [t('plan.leader_text', { name: h.leader })] : []), ...(h.department ? [t('plan.department_text', { name: h.department })] : []),
            ...(h.assisting ? [t('plan.assisting_text', { name: h.assisting })] : []),
          ].join(t('app.comma'))}</span>
          {(h.milestones ?? []).map((m) => <div key={m.quarter} className="quiet">{t('plan.quarter_text', { quarter: t(`plan.quarter.${m.quarter}` as Key), text: m.text })}</div>)}
          {below(h.code).length > 0 && level(h.code)}
        </li>
      ))}
    </ul>
  )
  return <section className="panel"><h2>{t('plan.headings')}</h2><div className="tree-text">{level('')}</div></section>
}

function End({ scheme }: { scheme: Scheme }) {
  const end = useAction({
    run: (_: null, act) => ok(client.POST('/assess/schemes/{id}/close', { ...act(), params: { path: { id: scheme.id } }, body: { version: scheme.version } })),
    confirm: () => ({ title: t('scheme.end_ask', { name: scheme.name }), content: t('scheme.end_hint'), ok: t('scheme.end'), danger: true }),
    done: () => t('scheme.end_done', { name: scheme.name }),
  })
  return <Button size="small" danger loading={end.busy} onClick={() => { end.go(null) }}>{t('scheme.end')}</Button>
}

function RuleText({ rule, scheme }: { rule: Rule; scheme: Scheme }) {
  const kinds = useQuery({ queryKey: ['deed-kinds'], queryFn: ({ signal }) => ok(client.GET('/assess/deed-kinds', { signal })) })
  const counted = kinds.data?.items.find((k) => k.kind === rule.deed_kind)?.name ?? rule.deed_kind
  const name = namesOf(scheme.rules, scheme.plan)
  return (
    <li>
      <strong>{rule.name}</strong> <span className="quiet mono">{rule.code}</span>{rule.heading && <span className="quiet"> {name(rule.heading)}</span>}
      <div>{counted ? t('rule.counts', { type: t(`rule.${rule.type}`), kind: counted }) : tOr(`rule.${rule.type}`, rule.type)}</div>
      {sentences(rule, name).map((line) => <div key={line}>{line}</div>)}
    </li>
  )
}
