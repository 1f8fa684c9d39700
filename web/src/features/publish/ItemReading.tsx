import { PushpinOutlined, TeamOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input, Select, Tag } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { Item, Reading, TakedownDraft } from '@/api/types'
import { t } from '@/i18n'
import { DayInput, MomentInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { useAction } from '@/ui/useAction'

const ReadersDrawer = lazy(() => import('./ReadersDrawer'))
const Comments = lazy(() => import('./Comments'))

const REASONS: TakedownDraft['reason'][] = ['mistake', 'unsuitable', 'wrong', 'confidential', 'unlawful', 'other']

/** Below an item: what its readers do with it, and who they are (R013, R037). */
export default function ItemReading({ item }: { item: Item }) {
  const query = useQuery({
    queryKey: ['item', item.id, 'reading'],
    queryFn: ({ signal }) => ok(client.GET('/publish/items/{id}/reading', { signal, params: { path: { id: item.id } } })),
  })
  const g = query.data
  if (!g) return null
  return (
    <div className="no-print" style={{ marginBlockStart: 16 }}>
      <Receipt item={item} reading={g} />
      <Bar item={item} reading={g} />
      {g.comments && item.state === 'published' && <Suspense><Comments id={item.id} count={g.comment_count} may={g.may.includes('comment')} /></Suspense>}
    </div>
  )
}

function Receipt({ item, reading: g }: { item: Item; reading: Reading }) {
  const confirm = useAction({
    run: (_: null, act) => ok(client.POST('/publish/items/{id}/confirm', { ...act(), params: { path: { id: item.id } } })),
    done: () => t('readers.confirm_done'),
  })
  if (g.confirmed_at) return <Alert className="gap-below" type="success" showIcon title={t('readers.confirmed', { at: dateTime(g.confirmed_at) })} />
  if (!g.may.includes('confirm')) return null
  return (
    <Alert className="gap-below" type="info" showIcon title={t('readers.confirm_ask')}
      action={<Button type="primary" loading={confirm.busy} onClick={() => { confirm.go(null) }}>{t('readers.confirm')}</Button>} />
  )
}

function Bar({ item, reading: g }: { item: Item; reading: Reading }) {
  const may = (what: Reading['may'][number]) => g.may.includes(what)
  const [open, setOpen] = useState<'readers' | 'takedown' | 'pin'>()
  const close = () => { setOpen(undefined) }
  const unpin = useAction({
    run: (_: null, act) => ok(client.POST('/publish/items/{id}/unpin', { ...act(), params: { path: { id: item.id } } })),
    done: () => t('pin.undone'),
  })
  return (
    <div className="row gap-below">
      {may('readers') && g.total && <>
        <Button icon={<TeamOutlined />} onClick={() => { setOpen('readers') }}>{t('readers.open')}</Button>
        <span className="quiet">{t(g.receipts ? 'readers.counts_confirmed' : 'readers.counts', { audience: g.total.audience, read: g.total.read, confirmed: g.total.confirmed })}</span>
      </>}
      {g.pinned_until && <Tag icon={<PushpinOutlined />} color="processing">{t('pin.is', { until: g.pinned_until })}</Tag>}
      {may('pin') && <Button icon={<PushpinOutlined />} onClick={() => { setOpen('pin') }}>{t('pin.pin')}</Button>}
      {may('unpin') && <Button loading={unpin.busy} onClick={() => { unpin.go(null) }}>{t('pin.off')}</Button>}
      {g.request_id && <Tag color="warning">{t('takedown.waiting')}</Tag>}
      {(may('takedown') || may('order')) && <Button type={may('order') ? 'default' : 'text'} danger onClick={() => { setOpen('takedown') }}>{t(may('order') ? 'takedown.order' : 'takedown.request')}</Button>}
      {open === 'readers' && <Suspense><ReadersDrawer item={item} reading={g} close={close} /></Suspense>}
      <Ask item={item} order={may('order')} open={open === 'takedown'} close={close} />
      <Pin item={item} open={open === 'pin'} close={close} />
    </div>
  )
}

interface Asked { reason: TakedownDraft['reason']; note?: string; noticed?: string }

// Why it has to go, and when that was noticed: the minutes count from then (R014).
function Ask({ item, order, open, close }: { item: Item; order: boolean; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Asked>()
  const reason = Form.useWatch('reason', form)
  const ask = useAction({
    form,
    run: (v: Asked, act) => ok(client.POST('/publish/items/{id}/takedown', {
      ...act(), params: { path: { id: item.id } },
      body: { reason: v.reason, ...(v.note ? { note: v.note } : {}), ...(v.noticed ? { noticed_at: v.noticed } : {}) },
    })),
    done: () => t('takedown.sent'), after: close,
  })
  return (
    <FormDialog title={t(order ? 'takedown.order_ask' : 'takedown.request_ask', { title: item.title })} open={open} close={close} form={form} action={ask}
      ok={t(order ? 'takedown.order' : 'takedown.request')} danger>
      <p className="quiet">{t(order ? 'takedown.order_hint' : 'takedown.request_hint')}</p>
      <Form.Item name="reason" label={t('takedown.reason')} rules={[chosen(t('takedown.reason'))]}>
        <Select options={REASONS.map((r) => ({ value: r, label: t(`takedown.reason.${r}`) }))} />
      </Form.Item>
      <Form.Item name="note" label={t('takedown.note')} rules={reason === 'other' ? [required(t('takedown.note'))] : []}>
        <Input.TextArea rows={3} maxLength={500} showCount />
      </Form.Item>
      <Form.Item name="noticed" label={t('takedown.noticed')} extra={t('takedown.noticed_hint')}>
        <MomentInput />
      </Form.Item>
    </FormDialog>
  )
}

function Pin({ item, open, close }: { item: Item; open: boolean; close: () => void }) {
  const [form] = Form.useForm<{ until: string }>()
  const pin = useAction({
    form,
    run: (v: { until: string }, act) => ok(client.POST('/publish/items/{id}/pin', { ...act(), params: { path: { id: item.id } }, body: { until: v.until } })),
    done: (r) => t('pin.done', { until: r.until }), after: close,
  })
  return (
    <FormDialog title={t('pin.ask', { title: item.title })} open={open} close={close} form={form} action={pin} ok={t('pin.pin')}>
      <Form.Item name="until" label={t('pin.until')} rules={[chosen(t('pin.until'))]}>
        <DayInput />
      </Form.Item>
    </FormDialog>
  )
}
