import { CloseOutlined } from '@ant-design/icons'
import { Alert, Button, Progress } from 'antd'
import { client, ok } from '@/api/client'
import type { Work } from '@/api/types'
import { t } from '@/i18n'
import { useAction } from '@/ui/useAction'
import { useWorksOn } from './data'
import { Result } from './Result'
import { endText, isOpen, kindText, percent } from './words'

const RECENT = 24 * 3600_000

/** The long works about a thing, on its own page: how far they are, and how the last one of each kind ended. */
export function WorkBars({ subject }: { subject: string }) {
  const { data } = useWorksOn(subject)
  const last = new Map<string, Work>()
  for (const w of data?.items ?? []) if (!last.has(w.kind)) last.set(w.kind, w)
  const shown = [...last.values()].filter((w) => isOpen(w) || (w.state !== 'stopped' && (w.file ?? w.code) && since(w) < RECENT))
  if (shown.length === 0) return null
  return (
    <div className="stack gap-below no-print" aria-live="polite">
      {shown.map((w) => (isOpen(w) ? <Underway key={w.id} work={w} /> : (
        <Alert key={w.id} showIcon type={w.state === 'done' ? 'success' : 'warning'} title={endText(w)} action={<Result work={w} />} />
      )))}
    </div>
  )
}

const since = (w: Work) => Date.now() - new Date(w.ended_at ?? w.created_at).getTime()

function Underway({ work }: { work: Work }) {
  return (
    <section className="panel">
      <div className="row-between">
        <strong>{kindText(work)}</strong>
        <StopButton work={work} />
      </div>
      <Meter work={work} />
      <p className="quiet" style={{ margin: 0 }}>{t('work.leave')}</p>
    </section>
  )
}

/** How far a work is, as a bar and in words. */
export function Meter({ work }: { work: Work }) {
  const label = work.stopping ? t('work.stopping') : t(`work.state.${work.state}`)
  return (
    <Progress percent={percent(work)} size="small" aria-label={`${kindText(work)} ${work.title}`}
      status={work.state === 'failed' ? 'exception' : work.state === 'done' ? 'success' : 'active'}
      format={(n) => (work.state === 'running' && !work.stopping ? `${n ?? 0}%` : label)} />
  )
}

/** Asks a work to stop at its next step. */
export function StopButton({ work }: { work: Work }) {
  const stop = useAction({
    run: (_: null, act) => ok(client.POST('/progress/works/{id}/stop', { ...act(), params: { path: { id: work.id } } })),
  })
  if (!isOpen(work)) return null
  return (
    <Button size="small" icon={<CloseOutlined />} loading={stop.busy} disabled={work.stopping} onClick={() => { stop.go(null) }}
      aria-label={t('work.stop_of', { what: kindText(work) })}>{t('work.stop')}</Button>
  )
}
