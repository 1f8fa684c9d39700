import { Alert, Button, Checkbox, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Verdict, VerdictGrade, VerdictTie } from '@/api/types'
import { useCan } from '@/app/session'
import { rounded } from '@/features/assess/decimal'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { useAction } from '@/ui/useAction'
import { hindranceOf } from './data'

/** The grades of all units, by line and quota; equals at a limit are chosen among. */
export function Grading({ v }: { v: Verdict }) {
  const manage = useCan()('verdict.manage')
  const [choosing, setChoosing] = useState(false)
  const propose = useAction({
    run: (_: null, act) => ok(client.POST('/verdict/rounds/{id}/grading', { ...act(), params: { path: { id: v.round.id } }, body: { picks: [] } })),
    done: (p) => t(p.grading?.ties.length ? 'verdict.ties_found' : 'verdict.graded'),
  })
  const g = v.grading
  const rows = v.decision?.rows ?? g?.rows ?? []
  const hindrance = hindranceOf(v, 'grade')
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('verdict.grades')}</h2>
        {manage && !v.decision && !hindrance && <Button size="small" type={g && !g.old ? 'default' : 'primary'} loading={propose.busy} onClick={() => { propose.go(null) }}>{t(g ? 'verdict.grade_again' : 'verdict.grade_now')}</Button>}
      </div>
      <p className="quiet">{t('verdict.quota_rule', { share: v.calendar.share })}</p>
      {!g && hindrance && <p className="quiet">{hindrance}</p>}
      {g && !v.decision && <p className="quiet">{t('verdict.proposed_by', { who: g.by_name, at: dateTime(g.at) })}</p>}
      {g?.old && !v.decision && <Alert className="gap-below" type="warning" showIcon title={t('error.verdict.grading_old')} />}
      {g && !v.decision && g.ties.length > 0 && (
        <Alert className="gap-below" type="warning" showIcon title={t('verdict.ties_found')}
          action={manage && <Button size="small" onClick={() => { setChoosing(true) }}>{t('verdict.choose')}</Button>} />
      )}
      {rows.length > 0 && <DataTable id="verdict-grades" label={t('verdict.grades')} columns={COLUMNS()} rowKey={(r) => `${r.unit.kind} ${r.unit.id}`} paged={false} query={{ data: { items: rows }, isError: false } as never} />}
      {choosing && g && <Choose v={v} ties={g.ties} rows={g.rows} close={() => { setChoosing(false) }} />}
    </section>
  )
}

const COLUMNS = (): Col<VerdictGrade>[] => [
  { key: 'unit', title: t('assess.unit'), fixed: true, render: (r) => r.unit.name }, // a card is headed by its first
  { key: 'class', title: t('verdict.class'), render: (r) => r.class_name || t(`verdict.kind.${r.unit.kind}`) },
  { key: 'rank', title: t('assess.rank'), align: 'right', render: (r) => r.rank },
  { key: 'total', title: t('assess.total'), align: 'right', fixed: true, render: (r) => r.total },
  { key: 'heading', title: t('verdict.heading_points'), align: 'right', render: (r) => rounded(r.heading) },
  { key: 'off', title: t('verdict.deductions'), align: 'right', render: (r) => rounded(r.deductions) },
  { key: 'line', title: t('verdict.by_line'), render: (r) => r.by_line },
  { key: 'grade', title: t('verdict.final'), fixed: true, render: (r) => <Tag color={r.why === 'tie' ? 'warning' : r.grade === r.by_line ? 'success' : 'default'}>{r.why === 'tie' ? t('verdict.to_choose') : r.grade}</Tag> },
  { key: 'why', title: t('verdict.why'), render: (r) => <>{t(`verdict.why.${r.why}`)}{r.reason && <div className="quiet">{r.reason}</div>}</> },
]

interface Values { picks: { units: string[]; reason: string }[] }

// Who of the equals gets the places there are, and why.
function Choose({ v, ties, rows, close }: { v: Verdict; ties: VerdictTie[]; rows: VerdictGrade[]; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const choose = useAction({
    form,
    run: (body: Values, act) => ok(client.POST('/verdict/rounds/{id}/grading', { ...act(), params: { path: { id: v.round.id } }, body })),
    done: () => t('verdict.graded'),
    after: close,
  })
  const name = (id: string) => rows.find((r) => r.unit.id === id)?.unit.name ?? id
  return (
    <FormDialog title={t('verdict.choose')} open close={close} form={form} action={choose} initial={{ picks: ties.map(() => ({ units: [], reason: '' })) }}>
      {ties.map((tie, i) => (
        <fieldset key={`${tie.kind} ${tie.class}`} className="verdict-lines">
          <legend>{t('verdict.take', { n: tie.take })}</legend>
          <Form.Item name={['picks', i, 'units']} rules={[{ validator: (_, u: string[]) => u.length === tie.take ? Promise.resolve() : Promise.reject(new Error(t('verdict.take', { n: tie.take }))) }]}>
            <Checkbox.Group options={tie.units.map((u) => ({ value: u, label: name(u) }))} />
          </Form.Item>
          <Form.Item name={['picks', i, 'reason']} label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
        </fieldset>
      ))}
    </FormDialog>
  )
}
