import { useParams } from '@tanstack/react-router'
import { Alert, Button, Descriptions } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { Verdict } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { dateTime } from '@/ui/format'
import { useAction } from '@/ui/useAction'
import { Appeals } from './Appeals'
import { Closing } from './Closing'
import { hindranceOf, useVerdict } from './data'
import { Grading } from './Grading'
import { Steps } from './Steps'

const CalendarDialog = lazy(() => import('./CalendarDialog'))

/** From the result of a round to its filing: the dates, the notice, appeals, grades, the decision. */
export function VerdictPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useVerdict(id)
  const manage = useCan()('verdict.manage')
  const [planning, setPlanning] = useState(false)
  const v = query.data
  const may = v && manage && v.round.state === 'open' && !v.decision
  return (
    <Page help="verdict" name={t('verdict.page')} title={v ? t('verdict.page_of', { name: v.round.name }) : t('verdict.page')} back
      extra={may && v.calendar.version > 0 && <Button onClick={() => { setPlanning(true) }}>{t('verdict.change_calendar')}</Button>}>
      <Loaded query={query}>
        {(d) => d.calendar.version === 0
          ? <section className="panel"><Nothing text={t('verdict.no_calendar')}>{may && <Button type="primary" onClick={() => { setPlanning(true) }}>{t('verdict.make_calendar')}</Button>}</Nothing></section>
          : <Whole v={d} />}
      </Loaded>
      {v && planning && <Suspense><CalendarDialog v={v} close={() => { setPlanning(false) }} /></Suspense>}
    </Page>
  )
}

function Whole({ v }: { v: Verdict }) {
  return (
    <div className="stack-wide">
      <Steps v={v} />
      <NoticePanel v={v} />
      <Appeals v={v} />
      <Grading v={v} />
      <Closing v={v} />
    </div>
  )
}

function NoticePanel({ v }: { v: Verdict }) {
  const manage = useCan()('verdict.manage')
  const open = useAction({
    run: (_: null, act) => ok(client.POST('/verdict/rounds/{id}/notice', { ...act(), params: { path: { id: v.round.id } } })),
    confirm: () => ({ title: t('verdict.notice_ask', { name: v.round.name }), content: t('verdict.notice_hint', { days: v.calendar.notice_days }), ok: t('verdict.open_notice') }),
    done: (p) => t('verdict.notice_opened', { until: p.notice?.until ?? '' }),
  })
  const n = v.notice
  const next = v.acts.find((a) => a.act === 'notice')
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('verdict.step.notice')}</h2>
        {manage && next?.code === '' && <Button type={n ? 'default' : 'primary'} size="small" loading={open.busy} onClick={() => { open.go(null) }}>{t(n ? 'verdict.open_again' : 'verdict.open_notice')}</Button>}
      </div>
      {!n && <p className="quiet">{next?.code ? hindranceOf(v, 'notice') : t('verdict.notice_ready')}</p>}
      {n && <>
        {n.result_digest !== v.round.digest && <Alert className="gap-below" type="info" showIcon title={t('verdict.result_changed')} />}
        <Descriptions column={{ xs: 1, md: 2 }} size="small" items={[
          { key: 'days', label: t('verdict.notice_days'), children: t('verdict.from_until', { from: n.opened_on, until: n.until }) },
          { key: 'by', label: t('verdict.appeal_by'), children: n.appeal_by },
          { key: 'units', label: t('verdict.notice_units'), children: t('verdict.n_units', { n: n.units }) },
          { key: 'at', label: t('verdict.opened_at'), children: dateTime(n.at) },
          { key: 'digest', label: t('verdict.notice_digest'), children: <code className="mono" style={{ overflowWrap: 'anywhere' }}>{n.digest}</code>, span: 'filled' },
        ]} />
      </>}
    </section>
  )
}
