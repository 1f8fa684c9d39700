import { ClockCircleOutlined, CopyOutlined } from '@ant-design/icons'
import { useNavigate } from '@tanstack/react-router'
import { Button, Form, Select } from 'antd'
import { useEffect, useState } from 'react'
import { client, ok } from '@/api/client'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { after, moment, today } from '@/ui/day'
import { MomentInput } from '@/ui/DayInput'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { useAction } from '@/ui/useAction'
import { useColumns, withRight } from './data'

/** What else may be done with an item: publish it later, call that off, begin another with it. */
export default function SchedulePublish({ item }: { item: Item }) {
  const may = (what: Item['may'][number]) => item.may.includes(what)
  const [open, setOpen] = useState<'schedule' | 'copy'>()
  const close = () => { setOpen(undefined) }
  const off = useAction({
    run: (_: null, act) => ok(client.DELETE('/publish/items/{id}/schedule', { ...act(), params: { path: { id: item.id } } })),
    done: () => t('schedule.off_done'),
  })
  const waits = item.schedule?.state === 'waiting'
  return (
    <>
      {may('schedule') && <Button icon={<ClockCircleOutlined />} onClick={() => { setOpen('schedule') }}>{t(waits ? 'schedule.other' : 'schedule.set')}</Button>}
      {may('unschedule') && <Button loading={off.busy} onClick={() => { off.go(null) }}>{t('schedule.off')}</Button>}
      {may('copy') && <Button icon={<CopyOutlined />} onClick={() => { setOpen('copy') }}>{t('copy.copy')}</Button>}
      <Later item={item} open={open === 'schedule'} close={close} />
      {open === 'copy' && <Copy item={item} close={close} />}
    </>
  )
}

function Later({ item, open, close }: { item: Item; open: boolean; close: () => void }) {
  const [form] = Form.useForm<{ at: string }>()
  const set = useAction({
    form,
    run: (v: { at: string }, act) => ok(client.PUT('/publish/items/{id}/schedule', { ...act(), params: { path: { id: item.id } }, body: { at: v.at, version: item.version } })),
    done: (next) => t('schedule.done', { at: dateTime(next.schedule?.at ?? '') }), after: close,
  })
  const last = item.valid_until ?? after(today(), 1, 'year')
  return (
    <FormDialog title={t('schedule.ask', { title: item.title })} open={open} close={close} form={form} action={set} ok={t('schedule.set')}
      initial={{ at: item.schedule?.state === 'waiting' ? item.schedule.at : moment(after(today(), 1, 'day'), '08:30') }}>
      <p className="quiet">{t('schedule.hint')}</p>
      <Form.Item name="at" label={t('schedule.at')} rules={[chosen(t('schedule.at'))]}>
        <MomentInput allowClear={false} first={today()} last={last} />
      </Form.Item>
    </FormDialog>
  )
}

function Copy({ item, close }: { item: Item; close: () => void }) {
  const [form] = Form.useForm<{ column_id: string }>()
  const navigate = useNavigate()
  const columns = useColumns()
  const mine = withRight(columns.data?.items ?? [], 'draft').filter((c) => c.rules.kinds.includes(item.kind))
  const here = mine.some((c) => c.id === item.column_id) ? item.column_id : undefined
  // The columns may come after the dialog.
  useEffect(() => { if (here && !form.getFieldValue('column_id')) form.setFieldValue('column_id', here) }, [here, form])
  const copy = useAction({
    form,
    run: (v: { column_id: string }, act) => ok(client.POST('/publish/items/{id}/copy', { ...act(), params: { path: { id: item.id } }, body: { column_id: v.column_id } })),
    done: () => t('copy.done'),
    after: (next) => {
      close()
      void navigate({ to: '/publish/items/$id/edit', params: { id: next.id } })
    },
  })
  return (
    <FormDialog title={t('copy.ask', { title: item.title })} open close={close} form={form} action={copy} ok={t('copy.copy')}
      initial={here ? { column_id: here } : {}}>
      <p className="quiet">{t('copy.hint')}</p>
      <Form.Item name="column_id" label={t('item.column')} rules={[chosen(t('item.column'))]}>
        <Select showSearch={{ optionFilterProp: 'label' }} loading={columns.isPending} options={mine.map((c) => ({ value: c.id, label: c.name }))} placeholder={t('item.pick_column')} notFoundContent={t('item.no_column')} />
      </Form.Item>
    </FormDialog>
  )
}
