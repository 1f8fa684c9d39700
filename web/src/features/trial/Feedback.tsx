import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, Form, Input, Radio, Segmented, Select, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { TrialFeedback } from '@/api/types'
import { useCan, useMe } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { pageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { type Search, useAddress } from '@/ui/useAddress'
import { FEEDBACK_COLORS } from './data'
import './trial.css'

const KINDS = ['problem', 'suggestion', 'question'] as const
const STATES = ['open', 'answered', 'closed'] as const
type Kind = (typeof KINDS)[number]

const asked = (s: Search) => ({
  ...pageOf(s), box: (s.box ?? 'mine') as 'mine', ...(s.state ? { state: s.state as TrialFeedback['state'] } : {}),
  ...(s.kind ? { kind: s.kind as Kind } : {}), ...(s.run ? { run: s.run } : {}),
})

/** Problems, suggestions and questions: one's own, those to answer, and those one may follow. */
export function Feedback() {
  const can = useCan()
  const led = useMe().departments.some((d) => d.head)
  const [search, set] = useAddress()
  const query = useQuery({
    queryKey: ['trial-feedback', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/trial/feedback', { signal, params: { query: asked(search) } })),
  })
  const boxes = ['mine', ...(led || can('trial.support') ? ['handle'] : []), ...(led || can('trial.support', 'trial.manage') ? ['all'] : [])]
  return (
    <Page help="trial#feedback" name={t('nav.feedback')} extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { set({ new: '1' }) }}>{t('trial.say_something')}</Button>}>
      <section className="panel">
        <div className="filters">
          {boxes.length > 1 && <Segmented value={search.box ?? 'mine'} aria-label={t('nav.feedback')} onChange={(v) => { set({ box: v === 'mine' ? undefined : v, after: undefined }) }}
            options={boxes.map((b) => ({ value: b, label: t(`trial.box.${b as 'mine'}`) }))} />}
          <Select allowClear value={search.state ?? null} placeholder={t('app.state')} aria-label={t('app.state')} style={{ width: 130 }} onChange={(v: string | undefined) => { set({ state: v, after: undefined }) }}
            options={STATES.map((s) => ({ value: s as string, label: t(`trial.feedback.${s}`) }))} />
          <Select allowClear value={search.kind ?? null} placeholder={t('trial.kind')} aria-label={t('trial.kind')} style={{ width: 130 }} onChange={(v: string | undefined) => { set({ kind: v, after: undefined }) }}
            options={KINDS.map((k) => ({ value: k as string, label: t(`trial.kind.${k}`) }))} />
        </div>
        <DataTable id="trial-feedback" label={t('nav.feedback')} query={query} columns={COLUMNS()} rowKey={(f) => f.id} empty={<Nothing text={t(search.box === 'handle' ? 'trial.nothing_to_answer' : 'trial.no_feedback')} />} />
      </section>
      {search.new && <New close={() => { set({ new: undefined, about: undefined }, true) }} about={search.about} />}
    </Page>
  )
}

const COLUMNS = (): Col<TrialFeedback>[] => [
  { key: 'title', title: t('trial.title'), fixed: true, render: (f) => <><Link to="/trial/feedback/$id" params={{ id: f.id }}>{f.title}</Link><div className="quiet">{t(`trial.kind.${f.kind}`)} · {[f.by_name, f.department].filter(Boolean).join(' · ')}</div></> },
  { key: 'state', title: t('app.state'), fixed: true, render: (f) => <><Tag color={FEEDBACK_COLORS[f.state]}>{t(`trial.feedback.${f.state}`)}</Tag>{f.late && <Tag color="error">{t('trial.late')}</Tag>}{f.outcome && <div className="quiet">{t(`trial.answer.${f.outcome}`)}</div>}</> },
  { key: 'to', title: t('trial.to'), render: (f) => t(`trial.to.${f.to}`) },
  { key: 'at', title: t('trial.submitted_at'), date: true, render: (f) => dateTime(f.at) },
  { key: 'due', title: t('trial.answer_by'), date: true, render: (f) => f.due_on },
  { key: 'vendor', title: t('trial.vendor'), extra: true, render: (f) => f.vendor_ref },
]

interface Values { kind: Kind; to: 'head' | 'it'; title: string; body: string; page?: string }

function New({ close, about }: { close: () => void; about?: string | undefined }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const send = useAction({
    form,
    run: (body: Values, act) => ok(client.POST('/trial/feedback', { ...act(), body })),
    done: (p) => t('trial.submitted', { day: p.feedback.due_on }),
    after: (p) => { void navigate({ to: '/trial/feedback/$id', params: { id: p.feedback.id } }) },
  })
  return (
    <FormDialog title={t('trial.say_something')} open close={close} form={form} action={send} ok={t('trial.submit')} width={600} initial={{ kind: 'problem', to: 'it', ...(about ? { page: about } : {}) }}>
      <Form.Item name="kind" label={t('trial.kind')}><Radio.Group options={KINDS.map((k) => ({ value: k, label: t(`trial.kind.${k}`) }))} /></Form.Item>
      <Form.Item name="to" label={t('trial.to')} extra={t('trial.to_hint')}><Radio.Group options={(['it', 'head'] as const).map((x) => ({ value: x, label: t(`trial.to.${x}`) }))} /></Form.Item>
      <Form.Item name="title" label={t('trial.title')} rules={[required(t('trial.title'))]}><Input maxLength={120} /></Form.Item>
      <Form.Item name="body" label={t('trial.body')} extra={t('trial.body_hint')} rules={[required(t('trial.body'))]}><Input.TextArea rows={5} maxLength={4000} showCount /></Form.Item>
      <Form.Item name="page" label={t('trial.page')} extra={t('trial.page_hint')}><Input maxLength={200} placeholder="/publish/mine" /></Form.Item>
    </FormDialog>
  )
}
