import { Alert, Button } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { Rule, Scheme, Unit } from '@/api/types'
import { t, tOr } from '@/i18n'
import { Term } from '@/ui/HelpLink'
import { useAction } from '@/ui/useAction'

/** A scheme that can be changed no more, to be read. */
export function SchemeSheet({ scheme }: { scheme: Scheme }) {
  const of = (kind: Unit['kind']) => scheme.units.filter((u) => u.kind === kind).map((u) => u.name)
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
        </dl>
      </section>
      <section className="panel">
        <h2><Term of="rule">{t('scheme.rules')}</Term></h2>
        <ol className="rules">{scheme.rules.map((r) => <RuleText key={r.code} rule={r} />)}</ol>
      </section>
    </div>
  )
}

const names = (all: string[]) => (all.length > 0 ? t('scheme.named', { n: all.length, names: all.join(t('app.comma')) }) : t('scheme.nobody'))

function End({ scheme }: { scheme: Scheme }) {
  const end = useAction({
    run: (_: null, act) => ok(client.POST('/assess/schemes/{id}/close', { ...act(), params: { path: { id: scheme.id } }, body: { version: scheme.version } })),
    confirm: () => ({ title: t('scheme.end_ask', { name: scheme.name }), content: t('scheme.end_hint'), ok: t('scheme.end'), danger: true }),
    done: () => t('scheme.end_done', { name: scheme.name }),
  })
  return <Button size="small" danger loading={end.busy} onClick={() => { end.go(null) }}>{t('scheme.end')}</Button>
}

function RuleText({ rule }: { rule: Rule }) {
  const kinds = useQuery({ queryKey: ['deed-kinds'], queryFn: ({ signal }) => ok(client.GET('/assess/deed-kinds', { signal })) })
  const counted = kinds.data?.items.find((k) => k.kind === rule.deed_kind)?.name ?? rule.deed_kind
  return (
    <li>
      <strong>{rule.name}</strong> <span className="quiet mono">{rule.code}</span>
      <div>{t('rule.counts', { type: t(`rule.${rule.type}`), kind: counted })}</div>
      {(rule.type === 'base_task' ? taskText(rule) : itemText(rule)).map((line) => <div key={line}>{line}</div>)}
      {rule.cap && <div>{t('rule.cap_text', { points: rule.cap })}</div>}
    </li>
  )
}

function itemText(r: Rule): string[] {
  const each = (r.levels ?? []).map((l) => t('rule.level_text', { level: l.level ? tOr(`journal.level.${l.level}`, l.level) : t('rule.any_level'), points: l.points }))
  return [...each, ...(r.highest_only ? [t('rule.highest_only')] : [])]
}

function taskText(r: Rule): string[] {
  const lines = [t('rule.task_text', { n: r.task ?? 0, points: r.base_points ?? '0' }), t('rule.shortfall_text', { how: t(`rule.shortfall.${r.shortfall === 'proportional' ? 'proportional' : 'zero'}`) })]
  if (r.bonus_points) lines.push(r.bonus_cap ? t('rule.bonus_capped_text', { points: r.bonus_points, cap: r.bonus_cap }) : t('rule.bonus_text', { points: r.bonus_points }))
  return lines
}
