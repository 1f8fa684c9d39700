import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Checkbox, Form, Input, Segmented, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { client, ok } from '@/api/client'
import type { TakedownRequest } from '@/api/types'
import { useCan } from '@/app/session'
import { currentLocale, t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime, duration } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { type Search, useAddress } from '@/ui/useAddress'

const COLORS: Record<TakedownRequest['state'], string> = { open: 'warning', removed: 'success', refused: 'error', cancelled: 'default' }
const WRAPPED = { maxWidth: 260 } // what people write does not push the rest of the row out of sight
const FILTERS = ['all', 'open', 'closed'] as const

const asked = (search: Search) => ({
  ...sortedPageOf<'/publish/takedowns'>(search), ...(search.state ? { state: search.state } : {}), ...(search.mine ? { mine: true } : {}),
})

/** What people ask to have taken down, how long it has been waiting, and what came of it (R013, R014). */
export function Takedowns() {
  const can = useCan()
  const [search, set] = useAddress()
  const query = useQuery({
    queryKey: ['takedowns', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/takedowns', { signal, params: { query: asked(search) } })),
  })
  const now = useMinute()
  return (
    <Page help="publishing#removal" name={t('nav.takedowns')}>
      <section className="panel">
        <div className="filters">
          <Segmented value={search.state ?? 'all'} aria-label={t('app.state')} onChange={(v) => { set({ state: v === 'all' ? undefined : v, after: undefined }) }}
            options={FILTERS.map((f) => ({ value: f as string, label: t(`takedown.filter.${f}`) }))} />
          {can('publish.takedown', 'publish.inspect', 'publish.manage') && (
            <Checkbox style={{ alignSelf: 'center' }} checked={search.mine === '1'} onChange={(e) => { set({ mine: e.target.checked ? '1' : undefined, after: undefined }) }}>{t('takedown.mine')}</Checkbox>
          )}
        </div>
        <DataTable id="takedowns" label={t('nav.takedowns')} query={query} columns={columns(now)} rowKey={(k) => k.id} selected={search.open}
          empty={<Nothing text={t('takedown.empty')} />} exportHref={exportHref('/publish/takedowns', asked(search), currentLocale())} />
      </section>
    </Page>
  )
}

// The moment, anew every half minute, so that what waits is seen to wait.
function useMinute(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => { setNow(Date.now()) }, 30_000)
    return () => { clearInterval(timer) }
  }, [])
  return now
}

const running = (k: TakedownRequest, since: string, minutes: number, now: number) =>
  (k.state === 'open' ? Math.max(minutes, Math.floor((now - Date.parse(since)) / 60_000)) : minutes)

const columns = (now: number): Col<TakedownRequest>[] => [
  { key: 'title', title: t('takedown.title'), fixed: true, sort: 'title', render: (k) => (
    <>
      <Link to="/publish/items/$id" params={{ id: k.item_id }}>{k.title}</Link>
      {k.ordered && <> <Tag color="error">{t('takedown.ordered')}</Tag></>}
      <div className="quiet">{[k.column_name, k.department_name].filter(Boolean).join(' · ')}</div>
    </>
  ) },
  { key: 'state', title: t('app.state'), render: (k) => (
    <>
      <Tag color={COLORS[k.state]}>{t(`takedown.state.${k.state}`)}</Tag>
      {k.decided_at && <div className="quiet">{t('takedown.decided_by', { name: k.decided_name, at: dateTime(k.decided_at) })}</div>}
      {k.answer && <div className="quiet" style={WRAPPED}>{k.answer}</div>}
    </>
  ) },
  { key: 'reason', title: t('takedown.reason'), sort: 'reason', render: (k) => <>{t(`takedown.reason.${k.reason}`)}{k.note && <div className="quiet" style={WRAPPED}>{k.note}</div>}</> },
  { key: 'by', title: t('takedown.by'), render: (k) => k.requested_name },
  { key: 'at', title: t('takedown.at'), date: true, sort: '-requested_at', render: (k) => dateTime(k.requested_at) },
  { key: 'minutes', title: t('takedown.since_requested'), align: 'right', render: (k) => duration(running(k, k.requested_at, k.minutes, now)) },
  { key: 'noticed', title: t('takedown.since_noticed'), align: 'right', render: (k) => duration(running(k, k.noticed_at, k.noticed_minutes, now)) },
  { key: 'act', title: '', render: (k) => (k.may.length > 0 ? <Actions request={k} /> : null) },
]

function Actions({ request: k }: { request: TakedownRequest }) {
  const may = (what: TakedownRequest['may'][number]) => k.may.includes(what)
  const [form] = Form.useForm<{ answer: string }>()
  const [refusing, setRefusing] = useState(false)
  const params = { path: { id: k.id } }
  const remove = useAction({
    run: (_: null, act) => ok(client.POST('/publish/takedowns/{id}/remove', { ...act(), params, body: { version: k.version } })),
    confirm: () => ({ title: t('takedown.remove_ask', { title: k.title }), content: t('takedown.remove_what'), ok: t('takedown.remove'), danger: true }),
    done: (r) => t('takedown.removed', { title: k.title, n: r.minutes }),
  })
  const refuse = useAction({
    form,
    run: (v: { answer: string }, act) => ok(client.POST('/publish/takedowns/{id}/refuse', { ...act(), params, body: { ...v, version: k.version } })),
    done: () => t('takedown.refused'), after: () => { setRefusing(false) },
  })
  const cancel = useAction({
    run: (_: null, act) => ok(client.POST('/publish/takedowns/{id}/cancel', { ...act(), params, body: { version: k.version } })),
    done: () => t('takedown.cancelled'),
  })
  return (
    <div className="row">
      {may('remove') && <Button size="small" danger loading={remove.busy} onClick={() => { remove.go(null) }}>{t('takedown.remove')}</Button>}
      {may('refuse') && <Button size="small" onClick={() => { setRefusing(true) }}>{t('takedown.refuse')}</Button>}
      {may('cancel') && <Button size="small" loading={cancel.busy} onClick={() => { cancel.go(null) }}>{t('takedown.cancel')}</Button>}
      <FormDialog title={t('takedown.refuse_ask', { title: k.title })} open={refusing} close={() => { setRefusing(false) }} form={form} action={refuse} ok={t('takedown.refuse')}>
        <Form.Item name="answer" label={t('takedown.answer')} rules={[required(t('takedown.answer'))]}>
          <Input.TextArea rows={3} maxLength={500} showCount />
        </Form.Item>
      </FormDialog>
    </div>
  )
}
