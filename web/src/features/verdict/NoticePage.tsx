import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, App, Button, Descriptions, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { AppealRaised, NoticeLine, NoticeShown } from '@/api/types'
import { rounded } from '@/features/assess/decimal'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { today } from '@/ui/day'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { APPEAL_COLORS } from './Appeals'
import { digestOf, mayAppeal, mayAppealAgain } from './data'
import { AppealTag } from './NoticeList'

const AppealDialog = lazy(() => import('./AppealDialog'))

/** One public notice: one's own lines, to appeal against, and what all the others got. */
export function NoticePage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['verdict-notice', id], queryFn: ({ signal }) => ok(client.GET('/verdict/notices/{id}', { signal, params: { path: { id } } })) })
  const first = query.data?.items[0]
  return (
    <Page help="verdict#unit" name={t('verdict.notice')} title={first ? `${first.scheme_name} ${first.round_name}` : t('verdict.notice')} back>
      <Loaded query={query}>
        {(d) => <div className="stack-wide">{d.items.map((s) => <Own key={s.unit.id} s={s} />)}{first && <Everybody s={first} />}</div>}
      </Loaded>
    </Page>
  )
}

function Own({ s }: { s: NoticeShown }) {
  return (
    <>
      <section className="panel">
        <div className="panel-head"><h2>{t('assess.unit_total', { name: s.unit.name, total: s.total })}</h2><AppealTag s={s} /></div>
        {s.decided && <Alert className="gap-below" type="success" showIcon title={t('verdict.your_grade', { grade: s.decided.grade })} description={t('verdict.your_decision', { meeting: s.decided.meeting, day: s.decided.held_on })} />}
        {s.replaced && !s.decided && <Alert className="gap-below" type="info" showIcon title={t('error.verdict.notice_replaced')} />}
        <Descriptions className="gap-below" column={{ xs: 1, md: 2 }} size="small" items={[
          { key: 'rank', label: t('assess.rank'), children: `${s.class} ${t('assess.rank_of', { rank: s.rank, n: s.units })}`.trim() },
          { key: 'line', label: t('verdict.by_line'), children: s.grade },
          { key: 'days', label: t('verdict.notice_days'), children: t('verdict.from_until', { from: s.notice.opened_on, until: s.notice.until }) },
          { key: 'by', label: t('verdict.appeal_by'), children: s.appeal_by },
          { key: 'issuer', label: t('verdict.issuer'), children: s.issuer_name },
          { key: 'answer', label: t('verdict.rule.answer_days'), children: t('verdict.n_days', { n: s.notice.answer_days }) },
        ]} />
        <Lines s={s} />
      </section>
      {(s.appeals ?? []).length > 0 && <Raised s={s} />}
    </>
  )
}

function Lines({ s }: { s: NoticeShown }) {
  const [line, setLine] = useState<NoticeLine>()
  const open = (l: NoticeLine) => mayAppeal(s, l)
  const columns: Col<NoticeLine>[] = [
    { key: 'name', title: t('assess.rule'), fixed: true, render: (l) => l.name },
    { key: 'formula', title: t('assess.formula'), render: (l) => <div className="mono" style={{ whiteSpace: 'normal', maxWidth: 560 }}>{l.formula}</div> },
    { key: 'points', title: t('assess.points'), align: 'right', fixed: true, render: (l) => <strong>{rounded(l.points)}</strong> },
    ...((s.lines ?? []).some(open) ? [{ key: 'act', title: t('verdict.step.appeal'), fixed: true, render: (l: NoticeLine) => open(l) && <Button size="small" onClick={() => { setLine(l) }}>{t('verdict.raise')}</Button> }] : []),
  ]
  return (
    <>
      <DataTable id="verdict-lines" label={t('assess.entries')} columns={columns} rowKey={(l) => l.id} paged={false} query={{ data: { items: s.lines ?? [] }, isError: false } as never} />
      {line && <Suspense><AppealDialog notice={s.notice.id} unit={s.unit.id} line={line} close={() => { setLine(undefined) }} /></Suspense>}
    </>
  )
}

// What the unit appealed against, and what came of it.
function Raised({ s }: { s: NoticeShown }) {
  const all = s.appeals ?? []
  const columns: Col<AppealRaised>[] = [
    { key: 'line', title: t('verdict.line'), fixed: true, render: (a) => <>{a.line}{a.level === 2 && <> <Tag color="warning">{t('verdict.second')}</Tag></>}</> },
    { key: 'state', title: t('app.state'), fixed: true, render: (a) => <Tag color={APPEAL_COLORS[a.state]}>{t(`verdict.appeal.${a.state}`)}</Tag> },
    { key: 'claim', title: t('verdict.claim'), render: (a) => <>
      <div className="verdict-claim">{a.reason}</div>
      {a.url && <div><a href={a.url} target="_blank" rel="noreferrer noopener" style={{ overflowWrap: 'anywhere' }}>{a.url}</a></div>}
      {a.file_name && <div><a href={`/api/verdict/raised/${a.id}/file`} download={a.file_name}>{a.file_name}</a></div>}
      <div className="quiet">{a.by_name} {dateTime(a.at)}</div>
    </> },
    { key: 'answer', title: t('verdict.answer'), render: (a) => a.reasons && <>
      <div className="verdict-claim">{a.reasons}</div>
      {a.corrected && <div>{t('verdict.corrected_to', { points: rounded(a.corrected) })}</div>}
      <div className="quiet">{dateTime(a.answered_at)}</div>
    </> },
    { key: 'acts', title: t('verdict.acts'), fixed: true, render: (a) => <Acts a={a} s={s} /> },
  ]
  return (
    <section className="panel">
      <h2>{t('verdict.your_appeals')}</h2>
      <DataTable id="verdict-raised" label={t('verdict.your_appeals')} columns={columns} rowKey={(a) => a.id} paged={false} query={{ data: { items: all }, isError: false } as never} />
    </section>
  )
}

function Acts({ a, s }: { a: AppealRaised; s: NoticeShown }) {
  const [open, setOpen] = useState(false)
  const withdraw = useAction({
    run: (_: null, act) => ok(client.POST('/verdict/raised/{id}/withdraw', { ...act(), params: { path: { id: a.id } } })),
    confirm: () => ({ title: t('verdict.withdraw_ask', { line: a.line }), ok: t('verdict.withdraw') }),
    done: () => t('verdict.withdrawn'),
  })
  if (a.state === 'waiting') return <Button size="small" loading={withdraw.busy} onClick={() => { withdraw.go(null) }}>{t('verdict.withdraw')}</Button>
  if (!mayAppealAgain(a, s, today())) return null
  return (
    <>
      <Button size="small" onClick={() => { setOpen(true) }}>{t('verdict.again')}</Button>
      <div className="quiet">{t('verdict.again_by', { day: a.again_by })}</div>
      {open && <Suspense><AppealDialog first={a} close={() => { setOpen(false) }} /></Suspense>}
    </>
  )
}

// What everybody is shown, and whether it still is what the digest says.
function Everybody({ s }: { s: NoticeShown }) {
  const { message } = App.useApp()
  const verify = async () => {
    const same = await digestOf(s.text ?? '') === s.notice.digest
    void (same ? message.success(t('verdict.digest_same')) : message.error(t('verdict.digest_other')))
  }
  const kinds = [...new Set((s.posted ?? []).map((p) => `${p.kind} ${p.class}`))]
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('verdict.posted')}</h2><Button size="small" onClick={() => void verify()}>{t('verdict.verify')}</Button></div>
      <p className="quiet">{t('verdict.notice_digest')} <code className="mono" style={{ overflowWrap: 'anywhere' }}>{s.notice.digest}</code></p>
      {kinds.map((k) => {
        const rows = (s.posted ?? []).filter((p) => `${p.kind} ${p.class}` === k)
        return (
          <div key={k} className="gap-below">
            <h3>{rows[0]?.class || t(`verdict.kind.${rows[0]?.kind ?? 'tenant'}`)}</h3>
            <ol className="lines">
              {rows.map((p) => <li key={p.unit}><span className="grow">{p.rank} {p.unit === s.unit.name ? <strong>{p.unit}</strong> : p.unit}</span><span className="when">{p.grade}</span><span className="num">{p.total}</span></li>)}
            </ol>
          </div>
        )
      })}
    </section>
  )
}
