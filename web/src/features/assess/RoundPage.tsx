import { DownloadOutlined, FileSearchOutlined, ReloadOutlined, ScheduleOutlined } from '@ant-design/icons'
import { Link, useParams } from '@tanstack/react-router'
import { App, Button, Form, Radio, Skeleton, Tabs } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import type { Round } from '@/api/types'
import { useCan } from '@/app/session'
import { WorkBars } from '@/features/progress/Bar'
import { useWorksOn } from '@/features/progress/data'
import { follow } from '@/features/progress/follow'
import { isOpen } from '@/features/progress/words'
import { t } from '@/i18n'
import { FormDialog } from '@/ui/FormDialog'
import { WithTerm } from '@/ui/HelpLink'
import { dateTime } from '@/ui/format'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { useRounds } from './data'
import { Adjustments } from './Adjustments'
import { FreezeButton, Frozen } from './Frozen'
import { PaperButton } from './PaperButton'
import { RankingView } from './RankingView'
import { RoundTag } from './Year'

const HeatView = lazy(() => import('./HeatView').then((m) => ({ default: m.HeatView })))
const SpreadView = lazy(() => import('./SpreadView').then((m) => ({ default: m.SpreadView })))
const CompareView = lazy(() => import('./CompareView').then((m) => ({ default: m.CompareView })))
const SuspectView = lazy(() => import('./SuspectView').then((m) => ({ default: m.SuspectView })))

/** One round: ranking, recompute, publish, download. */
export function RoundPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const can = useCan()
  const [manage, verdicts] = [can('assess.manage'), can('verdict.view')]
  const round = useRounds().data?.items.find((r) => r.id === id)
  return (
    <Page help="rounds" name={t('assess.round')} title={round?.name ?? t('assess.round')} back extra={<>
      {round?.computed_at && <Verify round={round} />}
      {round && verdicts && <Link to="/assess/rounds/$id/verdict" params={{ id }}><Button icon={<ScheduleOutlined />}>{t('verdict.link')}</Button></Link>}
      {round && manage && <RoundActions round={round} />}
      <Button icon={<DownloadOutlined />} href={`/api/assess/rounds/${id}/export`} download>{t('assess.export')}</Button>
      {round?.computed_at && <Evidence round={round} />}
      {round?.computed_at && <PaperButton round={id} />}
    </>}>
      <WorkBars subject={subjectOf(id)} />
      {round && (
        <p className="quiet">
          <RoundTag round={round} /> {round.from} — {round.to}
          {round.computed_at && <> · {t('assess.computed', { at: dateTime(round.computed_at) })}</>}
        </p>
      )}
      <div className="stack-wide">
        {round?.frozen_at && <Frozen round={round} />}
        {round && <Adjustments round={round} />}
        <Views round={id} />
      </div>
    </Page>
  )
}

const VIEWS = ['ranking', 'heat', 'spread', 'compare', 'suspects'] as const
type View = (typeof VIEWS)[number]

// The round looked at one way or another; which one stands in the address.
function Views({ round }: { round: string }) {
  const [search, set] = useAddress()
  const view: View = VIEWS.find((v) => v === search.view) ?? 'ranking'
  return (
    <>
      <Tabs activeKey={view} onChange={(v) => { set({ view: v === 'ranking' ? undefined : v, after: undefined, class: undefined, units: undefined }) }}
        items={VIEWS.map((v) => ({ key: v, label: t(`round.view.${v}`) }))} />
      {view === 'ranking' ? <RankingView round={round} /> : (
        <Suspense fallback={<Skeleton active />}>
          {view === 'heat' && <HeatView round={round} />}
          {view === 'spread' && <SpreadView round={round} />}
          {view === 'compare' && <CompareView round={round} />}
          {view === 'suspects' && <SuspectView round={round} />}
        </Suspense>
      )}
    </>
  )
}

const subjectOf = (round: string) => `assess/round/${round}`

// Whether a work of the kind is under way for the round.
function useUnderway(round: string, kind: string): boolean {
  return useWorksOn(subjectOf(round)).data?.items.some((w) => w.kind === kind && isOpen(w)) ?? false
}

// Has the workbook with everything behind the scores made, to be fetched when it is ready.
function Evidence({ round }: { round: Round }) {
  const underway = useUnderway(round.id, 'assess.evidence')
  const make = useAction({
    run: (_: null, act) => ok(client.POST('/assess/rounds/{id}/evidence', { ...act(), params: { path: { id: round.id } } })),
    after: (r) => { follow(r.work_id) },
  })
  return <Button icon={<FileSearchOutlined />} loading={make.busy || underway} onClick={() => { make.go(null) }}>{t('assess.evidence')}</Button>
}

function RoundActions({ round }: { round: Round }) {
  const params = { path: { id: round.id } }
  const recompute = useAction({
    run: (_: null, act) => ok(client.POST('/assess/rounds/{id}/recompute', { ...act(), params })),
    after: (r) => { follow(r.work_id) },
  })
  const underway = useUnderway(round.id, 'assess.recompute')
  const close = useAction({
    run: (_: null, act) => ok(client.POST('/assess/rounds/{id}/close', { ...act(), params })),
    confirm: () => ({ title: t('assess.close_ask', { name: round.name }), content: t('assess.close_hint'), ok: t('assess.close') }),
    done: () => t('assess.closed', { name: round.name }),
  })
  const freezing = useUnderway(round.id, 'assess.freeze')
  if (round.state === 'closed') return round.frozen_at ? null : <FreezeButton round={round} underway={freezing} />
  if (round.state === 'published') return <Button loading={close.busy} onClick={() => { close.go(null) }}>{t('assess.close')}</Button>
  return (
    <>
      <Button icon={<ReloadOutlined />} loading={recompute.busy || underway} onClick={() => { recompute.go(null) }}>{t('assess.recompute')}</Button>
      <Live round={round} />
      <Publish round={round} underway={underway} />
    </>
  )
}

type Audience = 'ranking' | 'own'

// Shows every unit its score, and if so chosen the ranking as well.
function Publish({ round, underway }: { round: Round; underway: boolean }) {
  const [form] = Form.useForm<{ audience: Audience }>()
  const [open, setOpen] = useState(false)
  const publish = useAction({
    form,
    run: (v: { audience: Audience }, act) => ok(client.POST('/assess/rounds/{id}/publish', { ...act(), params: { path: { id: round.id } }, body: v })),
    done: () => t('assess.published', { name: round.name }),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button type="primary" disabled={!round.computed_at || underway} onClick={() => { setOpen(true) }}>{t('assess.publish')}</Button>
      <FormDialog title={t('assess.publish_ask', { name: round.name })} open={open} close={() => { setOpen(false) }} form={form} action={publish} ok={t('item.publish')} initial={{ audience: 'ranking' }}>
        <p>{t('assess.publish_hint')}</p>
        <Form.Item name="audience" label={t('assess.audience')} extra={<WithTerm of="audience" about={t('assess.audience')}>{t('assess.audience_hint')}</WithTerm>}>
          <Radio.Group className="stack" options={(['ranking', 'own'] as const).map((a) => ({ value: a, label: t(`assess.audience.${a}`) }))} />
        </Form.Item>
      </FormDialog>
    </>
  )
}

// Lets the units see how they stand while the round is running, or not.
function Live({ round }: { round: Round }) {
  const [form] = Form.useForm<{ live: Round['live'] }>()
  const [open, setOpen] = useState(false)
  const show = useAction({
    form,
    run: (v: { live: Round['live'] }, act) => ok(client.POST('/assess/rounds/{id}/live', { ...act(), params: { path: { id: round.id } }, body: v })),
    done: () => t('live.done'),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('live.do')}</Button>
      <FormDialog title={t('live.ask', { name: round.name })} open={open} close={() => { setOpen(false) }} form={form} action={show} initial={{ live: round.live }}>
        <p>{t('live.hint')}</p>
        <Form.Item name="live" label={t('live.what')}>
          <Radio.Group className="stack" options={(['', 'own', 'ranking'] as const).map((a) => ({ value: a, label: t(`live.${a || 'none'}`) }))} />
        </Form.Item>
      </FormDialog>
    </>
  )
}

// Works the round out again without keeping it, and says whether it comes out the same.
function Verify({ round }: { round: Round }) {
  const { message } = App.useApp()
  const [busy, setBusy] = useState(false)
  const run = async () => {
    setBusy(true)
    try {
      const r = await ok(client.GET('/assess/rounds/{id}/check', { params: { path: { id: round.id } } }))
      void (r.same ? message.success(t('assess.same_result', { digest: r.digest.slice(0, 12) })) : message.warning(t('assess.other_result')))
    } catch (err) {
      void message.error(problemText(asProblem(err)))
    }
    setBusy(false)
  }
  return <Button loading={busy} onClick={() => void run()}>{t('assess.verify')}</Button>
}
