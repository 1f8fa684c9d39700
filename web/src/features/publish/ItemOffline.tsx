import { StopOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Item, OfflineMark } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { FormDialog, required } from '@/ui/FormDialog'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'

/** Whether an item is marked as not to be put online, for those who may mark or lift that (R017). */
export default function ItemOffline({ item }: { item: Item }) {
  const [open, setOpen] = useState<OfflineMark | 'mark'>()
  const close = () => { setOpen(undefined) }
  const query = useQuery({
    queryKey: ['item', item.id, 'offline', item.content_hash],
    queryFn: ({ signal }) => ok(client.GET('/publish/items/{id}/offline', { signal, params: { path: { id: item.id } } })),
  })
  const g = query.data
  if (!g || (g.marks.length === 0 && g.may.length === 0)) return null
  return (
    <div className="no-print stack" style={{ marginBlockStart: 12 }}>
      {g.marks.map((m) => (
        <Alert key={m.id} type="error" showIcon title={t('offline.item_marked', { title: m.title })}
          description={t('offline.item_why', { by: m.marked_by.name, at: dateTime(m.marked_at), reason: m.reason })}
          action={m.may.includes('lift') && <Button size="small" onClick={() => { setOpen(m) }}>{t('offline.lift')}</Button>} />
      ))}
      {g.may.includes('mark') && <div><Button icon={<StopOutlined />} onClick={() => { setOpen('mark') }}>{t('offline.mark')}</Button></div>}
      {open === 'mark' && <Mark item={item} close={close} />}
      {open !== undefined && open !== 'mark' && <Lift mark={open} close={close} />}
    </div>
  )
}

function Mark({ item, close }: { item: Item; close: () => void }) {
  const [form] = Form.useForm<{ title: string; reference?: string; reason: string }>()
  const mark = useAction({
    form,
    run: (v: { title: string; reference?: string; reason: string }, act) => ok(client.POST('/publish/offline', {
      ...act(), body: { title: v.title, reason: v.reason, item_id: item.id, ...(v.reference ? { reference: v.reference } : {}) } })),
    done: (m) => t('offline.marked', { title: m.title }), after: close,
  })
  return (
    <FormDialog title={t('offline.mark_ask', { title: item.title })} open close={close} form={form} action={mark} ok={t('offline.mark')} danger initial={{ title: item.title }}>
      <p className="quiet">{t(item.state === 'published' ? 'offline.mark_published' : 'offline.mark_hint')}</p>
      <Form.Item name="title" label={t('offline.document')} rules={[required(t('offline.document'))]}><Input maxLength={80} showCount /></Form.Item>
      <Form.Item name="reference" label={t('offline.reference')}><Input maxLength={80} placeholder={t('offline.reference_ph')} /></Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={200} showCount /></Form.Item>
    </FormDialog>
  )
}

function Lift({ mark, close }: { mark: OfflineMark; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const lift = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/publish/offline/{id}/lift', { ...act(), params: { path: { id: mark.id } }, body: { reason: v.reason, version: mark.version } })),
    done: (m) => t('offline.lifted', { title: m.title }), after: close,
  })
  return <ReasonDialog title={t('offline.lift_ask', { title: mark.title })} open close={close} form={form} action={lift} />
}
