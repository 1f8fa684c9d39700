import { Alert, Button, Form, Input, Segmented, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { usePages } from '@/ui/usePages'
import { Files } from './Files'
import { Due } from './tags'
import type { ReviewQueue, Task } from './types'
import './review.css'

type State = 'todo' | 'done'

/** The lines the reader reviews, one after the other, with the unit's words and evidence beside. */
export function Queue() {
  const [search, set] = useAddress()
  const state: State = search.state === 'done' ? 'done' : 'todo'
  const { query, more, forth } = usePages<Task, ReviewQueue>({
    queryKey: ['review-queue', state], refetchOnWindowFocus: false,
    page: (at, signal) => ok(client.GET('/review/queue', { signal, params: { query: { state, ...at } } })),
  }, (x) => x.key)
  const items = query.data?.items ?? []
  const at = items.find((x) => x.key === search.line) ?? items[0]
  const go = (key: string | undefined) => { set({ line: key }, true) }
  const next = async (key: string) => {
    const last = items.at(-1)?.key === key
    go(after((last && await forth()) || items, key))
  }
  return (
    <Page help="self-assessment#review" name={t('review.queue')} back>
      <div className="stack-wide">
        <Segmented value={state} onChange={(s) => { set({ state: s, line: undefined }) }} options={[
          { value: 'todo', label: t('review.todo_n', { n: query.data?.todo ?? 0 }) }, { value: 'done', label: t('review.done_n', { n: query.data?.done ?? 0 }) },
        ]} />
        <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<section className="panel"><Nothing text={t(state === 'todo' ? 'review.queue_empty' : 'review.queue_none_done')} /></section>}>
          {(d) => (
            <div className="review-desk">
              <nav className="panel review-list" aria-label={t('review.queue')}>
                {d.items.map((x) => (
                  <button type="button" key={x.key} aria-current={x.key === at?.key} onClick={() => { go(x.key) }}>
                    {x.line.name}<small className="quiet">{x.unit.name}{!x.submitted && ` · ${t('review.no_self')}`}</small>
                  </button>
                ))}
                {more}
              </nav>
              {at && <Line key={`${at.key} ${at.mine?.version ?? 0}`} task={at} next={() => void next(at.key)} />}
            </div>
          )}
        </Loaded>
      </div>
    </Page>
  )
}

// What stands behind a line in the list, which may be gone when the list comes back.
function after(items: Task[], key: string): string | undefined {
  const i = items.findIndex((x) => x.key === key)
  return items[i + 1]?.key ?? items[0]?.key
}

function Line({ task: x, next }: { task: Task; next: () => void }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{x.line.name} {x.line.heading && <Tag>{x.line.heading}</Tag>}</h2>
        <span className="quiet">{x.call_name} · <Due day={x.due_day} until={x.permit_until} /></span>
      </div>
      <p><strong>{x.unit.name}</strong></p>
      <dl className="review-sides">
        <div><dt>{t('review.self_points')}</dt><dd>{x.answer.points ?? '—'}</dd></div>
        <div><dt>{t('review.system')}</dt><dd>{x.system}</dd></div>
        <div><dt>{t('review.most_points')}</dt><dd>{x.line.most ?? '—'}</dd></div>
      </dl>
      {!x.submitted && <Alert className="gap-below" type="info" showIcon title={t('review.no_self_hint')} />}
      {x.answer.text && <p style={{ whiteSpace: 'pre-wrap' }}>{x.answer.text}</p>}
      <h3 className="section">{t('review.evidence')}</h3>
      <Files of={x.answer.evidence} base={`/review/units/${x.unit_id}`} below={x.unit.kind === 'tenant' ? x.unit_id : undefined} />
      {x.decided ? <Alert type="info" showIcon title={t('review.decided')} /> : <Give task={x} next={next} />}
    </section>
  )
}

interface Values { points: string; reason?: string }

function Give({ task: x, next }: { task: Task; next: () => void }) {
  const [form] = Form.useForm<Values>()
  const points = Form.useWatch('points', form) as string | undefined
  const [first] = useState(() => x.mine?.points ?? '')
  const give = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/review/units/{id}/scores', { ...act(), params: { path: { id: x.unit_id } }, body: {
      code: x.line.code, points: v.points, version: x.mine?.version ?? 0, ...(v.reason ? { reason: v.reason } : {}),
    } })),
    done: () => t('review.given_done', { unit: x.unit.name, line: x.line.name }),
    after: next,
  })
  useEffect(() => { form.getFieldInstance?.('points')?.focus?.({ preventScroll: true }) }, [form, x.key])
  const far = differs(points, x)
  return (
    <Form<Values> form={form} layout="vertical" initialValues={{ points: first, reason: x.mine?.reason ?? '' }} onFinish={(v) => { give.go(v) }} style={{ marginTop: 16 }}>
      <Form.Item name="points" label={t('review.your_points')} rules={[{ required: true, pattern: /^-?\d{1,6}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" style={{ maxWidth: 200 }} autoComplete="off" /></Form.Item>
      <Form.Item name="reason" label={t('review.your_reason')} required={far} extra={t(far ? 'review.reason_needed' : 'review.reason_hint', { gap: x.gap })}><Input.TextArea rows={2} maxLength={1000} showCount /></Form.Item>
      <div className="row">
        <Button type="primary" htmlType="submit" loading={give.busy}>{t('review.give_next')}</Button>
        <Button onClick={next}>{t('review.skip')}</Button>
      </div>
    </Form>
  )
}

// Whether what is typed differs by more than the call allows. The server decides; this only says so in time.
function differs(points: string | undefined, x: Task): boolean {
  const p = Number(points)
  if (!points || Number.isNaN(p)) return false
  const beyond = (from: string | null | undefined) => from !== null && from !== undefined && Math.abs(p - Number(from)) > Number(x.gap) + 1e-9
  return beyond(x.answer.points) || beyond(x.system)
}
