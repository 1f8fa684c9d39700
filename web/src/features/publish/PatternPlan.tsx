import { ArrowLeftOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Pattern, PatternStep } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { useAction } from '@/ui/useAction'
import { type Chosen, choicesOf, depthOf, type Field, fieldName, fieldText, inOrder, keyed, options, proposed, ruleLine, settled, type Take } from './pattern'
import './columns.css'

const COLORS: Record<PatternStep['state'], string> = { new: 'processing', left: 'default', same: 'success', differs: 'warning', own: 'default', ended: 'default' }
const NONE = 'none'

/** What adopting a version would do here, and the choice of it, column by column (R025). */
export function PatternPlan({ id, back }: { id: string; back: () => void }) {
  const query = useQuery({
    queryKey: ['patterns', id, 'plan'],
    queryFn: async ({ signal }) => {
      const p = await ok(client.GET('/publish/patterns/{id}/plan', { signal, params: { path: { id } } }))
      return { ...p, items: inOrder(p.items as PatternStep[]) }
    },
  })
  const [touched, setTouched] = useState<Chosen>() // undefined: as proposed
  const steps = query.data?.items ?? []
  const chosen = settled(steps, touched ?? proposed(steps))
  const adopt = useAction({
    run: (c: Chosen, act) => ok(client.POST('/publish/patterns/{id}/adopt', { ...act(), params: { path: { id } }, body: { choices: choicesOf(steps, c) } })),
    confirm: (c) => ({ title: t('pattern.adopt_ask', { n: query.data?.pattern.version ?? 0 }), content: t('pattern.adopt_what', counted(c)), ok: t('pattern.adopt') }),
    done: (p) => t('pattern.adopted_done', { n: p.pattern.version }),
    after: () => { setTouched({}) },
  })
  const pattern = query.data?.pattern
  return (
    <div className="stack-wide">
      <div className="row"><Button icon={<ArrowLeftOutlined />} onClick={back}>{t('app.back')}</Button></div>
      {pattern && <Head pattern={pattern} adopted={query.data?.adopted ?? 0} />}
      <DataTable id="pattern-plan" label={t('pattern.plan')} query={query} paged={false} rowKey={(s) => s.theirs.key}
        columns={columnsOf(steps, chosen, pattern?.newest ?? false, (key, take) => { setTouched({ ...chosen, [key]: take }) })} />
      {pattern?.newest && (
        <div className="row pattern-foot">
          <Button type="primary" loading={adopt.busy} onClick={() => { adopt.go(chosen) }}>{t('pattern.adopt')}</Button>
          <span className="quiet">{t('pattern.adopt_what', counted(chosen))}</span>
        </div>
      )}
    </div>
  )
}

function Head({ pattern, adopted }: { pattern: Pattern; adopted: number }) {
  return (
    <>
      <div>
        <h2 className="section">{t('pattern.head', { issuer: pattern.issuer.name, n: pattern.version, at: dateTime(pattern.issued_at) })}</h2>
        <div>{pattern.note}</div>
      </div>
      {!pattern.newest && <Alert type="warning" showIcon title={t('pattern.old')} />}
      {pattern.newest && <Alert type="info" showIcon title={adopted === 0 ? t('pattern.first_hint') : t('pattern.next_hint', { n: adopted })} />}
    </>
  )
}

function counted(c: Chosen): { made: number; taken: number; kept: number } {
  const all = Object.values(c)
  const n = (x: Take) => all.filter((y) => y === x).length
  return { made: n('make'), taken: n('take'), kept: n('keep') }
}

function columnsOf(steps: PatternStep[], chosen: Chosen, open: boolean, choose: (key: string, take: Take | undefined) => void): Col<PatternStep>[] {
  const byKey = keyed(steps)
  const parents = new Map(steps.map((s) => [s.theirs.key, s.theirs]))
  const cols: Col<PatternStep>[] = [
    { key: 'name', title: t('item.column'), fixed: true, render: (s) => (
      <span style={{ paddingInlineStart: depthOf(s.theirs, parents) * 18 }}>
        {s.theirs.name}{' '}{s.ours?.state === 'disabled' && <Tag>{t('column.state.disabled')}</Tag>}
      </span>
    ) },
    { key: 'state', title: t('pattern.here'), fixed: true, render: (s) => <Tag color={COLORS[s.state]}>{t(`pattern.state.${s.state}`)}</Tag> },
    { key: 'what', title: t('pattern.rules'), render: (s) => <What step={s} /> },
  ]
  if (!open) return cols
  return [...cols, { key: 'choice', title: t('pattern.choice'), fixed: true, render: (s) => {
    const can = options(s, byKey, chosen)
    if (can.length === 0) return <span className="quiet">{t(s.state === 'new' || s.state === 'left' ? 'pattern.no_parent' : 'pattern.nothing')}</span>
    return (
      <Segmented<Take | typeof NONE> size="small" className="pattern-choice" aria-label={t('pattern.choice_of', { name: s.theirs.name })} value={chosen[s.theirs.key] ?? NONE}
        onChange={(v) => { choose(s.theirs.key, v === NONE ? undefined : v) }}
        options={[{ value: NONE, label: t(restOf(s)) }, ...can.map((o) => ({ value: o, label: t(labelOf(o, s)) }))]} />
    )
  } }]
}

const restOf = (s: PatternStep) => (s.state === 'own' ? 'pattern.stay' : s.state === 'left' ? 'pattern.stay_out' : 'pattern.later')
const labelOf = (o: Take, s: PatternStep) => (o === 'keep' ? (s.ours ? 'pattern.keep' : 'pattern.leave') : o === 'make' ? 'pattern.make' : 'pattern.take')

function What({ step: s }: { step: PatternStep }) {
  const ours = s.ours
  if (!ours || s.differs.length === 0) return <small className="quiet">{s.state === 'ended' ? t('pattern.ended_hint') : ruleLine(s.theirs)}</small>
  const line = (f: Field) => (
    <li key={f}>
      <small className="quiet">{fieldName(f)}</small> {s.changed_above.includes(f) && <Tag color="orange">{t('pattern.changed_above')}</Tag>}
      <div>{t('pattern.versus', { ours: fieldText(f, ours, s.ours_parent), theirs: fieldText(f, s.theirs, s.theirs_parent) })}</div>
    </li>
  )
  return <ul className="pattern-differs">{s.differs.map(line)}</ul>
}
