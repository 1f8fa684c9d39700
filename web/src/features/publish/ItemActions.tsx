import { DeleteOutlined, EditOutlined, PrinterOutlined, SendOutlined } from '@ant-design/icons'
import { useNavigate } from '@tanstack/react-router'
import { App, Button, Form } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { Item } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { SubmitDialog } from './SubmitDialog'

const ReportDialog = lazy(() => import('@/features/exchange/ReportDialog'))
const WithdrawDialog = lazy(() => import('./WithdrawDialog'))
const RevisionsButton = lazy(() => import('./RevisionsButton'))
const SchedulePublish = lazy(() => import('./SchedulePublish'))
const PushButton = lazy(() => import('@/features/exchange/PushButton'))

/** What this person may do with the item now, and nothing else. */
export function ItemActions({ item }: { item: Item }) {
  const can = useCan()
  const may = (what: Item['may'][number]) => item.may.includes(what)
  const [open, setOpen] = useState<'submit' | 'report' | 'withdraw' | 'recall'>()
  const close = () => { setOpen(undefined) }
  const publish = useAction({
    run: (_: null, act) => ok(client.POST('/publish/items/{id}/publish', { ...act(), params: { path: { id: item.id } }, body: { version: item.version } })),
    confirm: () => ({ title: t('item.publish_ask', { title: item.title }), content: t('item.publish_where', { column: item.column_name }), ok: t('item.publish') }),
    done: () => t('item.published', { title: item.title }),
  })
  return (
    <>
      {may('edit') && <Edit item={item} />}
      {may('submit') && <Button type="primary" onClick={() => { setOpen('submit') }}>{t('item.submit')}</Button>}
      {may('recall') && item.case_id && <Button onClick={() => { setOpen('recall') }}>{t('item.recall')}</Button>}
      {may('publish') && <Button type="primary" loading={publish.busy} onClick={() => { publish.go(null) }}>{t('item.publish')}</Button>}
      {may('report') && <Button icon={<SendOutlined />} onClick={() => { setOpen('report') }}>{t('exchange.report')}</Button>}
      {item.state === 'published' && can('exchange.push') && <Suspense><PushButton item={item} /></Suspense>}
      {(may('schedule') || may('unschedule') || may('copy')) && <Suspense><SchedulePublish item={item} /></Suspense>}
      {may('withdraw') && <Button danger onClick={() => { setOpen('withdraw') }}>{t('item.withdraw')}</Button>}
      {may('delete') && <Delete item={item} />}
      {item.revisions && <Suspense><RevisionsButton item={item} /></Suspense>}
      <Button icon={<PrinterOutlined />} aria-label={t('app.print')} onClick={() => { window.print() }} />
      <SubmitDialog item={item} open={open === 'submit'} close={close} before={() => Promise.resolve()} version={() => item.version} />
      {open === 'withdraw' && <Suspense><WithdrawDialog item={item} close={close} /></Suspense>}
      <Recall item={item} open={open === 'recall'} close={close} />
      {open === 'report' && <Suspense><ReportDialog item={item} close={close} /></Suspense>}
    </>
  )
}

// A change takes an item out of its review, so that is said before the editor opens: it saves by itself.
function Edit({ item }: { item: Item }) {
  const navigate = useNavigate()
  const { modal } = App.useApp()
  const open = () => void navigate({ to: '/publish/items/$id/edit', params: { id: item.id } })
  const ask = () => {
    if (item.state === 'draft') { open(); return }
    modal.confirm({ title: t('item.edit_ask', { title: item.title }), content: t('item.edit_ask_hint'), okText: t('app.edit'), cancelText: t('app.cancel'), onOk: open })
  }
  return <Button icon={<EditOutlined />} onClick={ask}>{t('app.edit')}</Button>
}

function Delete({ item }: { item: Item }) {
  const navigate = useNavigate()
  const remove = useAction({
    run: (_: null, act) => ok(client.DELETE('/publish/items/{id}', { ...act(), params: { path: { id: item.id } } })),
    confirm: () => ({ title: t('item.delete_ask', { title: item.title || t('item.untitled') }), ok: t('app.delete'), danger: true }),
    done: () => t('item.deleted'),
    after: () => { void navigate({ to: '/publish/mine', replace: true }) },
  })
  return <Button danger icon={<DeleteOutlined />} aria-label={t('app.delete')} loading={remove.busy} onClick={() => { remove.go(null) }} />
}

function Recall({ item, open, close }: { item: Item; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Reason>()
  const recall = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/approval/cases/{id}/withdraw', { ...act(), params: { path: { id: item.case_id ?? '' } }, body: v })),
    done: () => t('item.recalled', { title: item.title }),
    after: close,
  })
  return <ReasonDialog title={t('item.recall_ask', { title: item.title })} open={open} close={close} form={form} action={recall} />
}
