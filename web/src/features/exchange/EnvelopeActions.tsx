import { Button, Form, Select } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { EnvelopePage } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { useColumns, withRight } from '@/features/publish/data'
import { useJournals } from './data'

const InstructDialog = lazy(() => import('./InstructDialog'))

/** Receive, adopt, decline, send the attachments again: what the state leaves open. */
export function EnvelopeActions({ e }: { e: EnvelopePage }) {
  const may = new Set(e.may)
  const [open, setOpen] = useState<'adopt' | 'decline' | 'instruct'>()
  const [form] = Form.useForm<Reason>()
  const params = { path: { id: e.id } }
  const close = () => { setOpen(undefined) }
  const receive = useAction({
    run: (_: null, act) => ok(client.POST('/exchange/envelopes/{id}/receive', { ...act(), params, body: { version: e.version } })),
    done: () => t('exchange.received', { title: e.title }),
  })
  const decline = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/exchange/envelopes/{id}/decline', { ...act(), params, body: { reason: v.reason, version: e.version } })),
    done: () => t('exchange.declined', { title: e.title }),
    after: close,
  })
  const recall = useAction({
    run: (_: null, act) => ok(client.POST('/exchange/envelopes/{id}/recall', { ...act(), params, body: { version: e.version } })),
    confirm: () => ({ title: t('exchange.recall_ask', { title: e.title }), ok: t('item.recall') }),
    done: () => t('exchange.recalled', { title: e.title }),
  })
  const copy = useAction({
    run: (_: null, act) => ok(client.POST('/exchange/envelopes/{id}/copy', { ...act(), params })),
    done: () => t('exchange.files.asked'),
  })
  return (
    <>
      {may.has('copy') && <Button type="primary" loading={copy.busy} onClick={() => { copy.go(null) }}>{t('exchange.files.again')}</Button>}
      {may.has('recall') && <Button loading={recall.busy} onClick={() => { recall.go(null) }}>{t('item.recall')}</Button>}
      {may.has('receive') && <Button type="primary" loading={receive.busy} onClick={() => { receive.go(null) }}>{t('exchange.receive')}</Button>}
      {may.has('adopt') && <Button type="primary" onClick={() => { setOpen('adopt') }}>{t('exchange.adopt')}</Button>}
      {may.has('decline') && <Button onClick={() => { setOpen('decline') }}>{t('exchange.decline')}</Button>}
      {may.has('instruct') && <Button onClick={() => { setOpen('instruct') }}>{t('instruct.record')}</Button>}
      {open === 'instruct' && <Suspense><InstructDialog e={e} close={close} /></Suspense>}
      <Adopt e={e} open={open === 'adopt'} close={close} />
      <ReasonDialog title={t('exchange.decline_ask', { title: e.title })} open={open === 'decline'} close={close} form={form} action={decline} />
    </>
  )
}

interface Uptake { journal_id: string; column_id?: string }

function Adopt({ e, open, close }: { e: EnvelopePage; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Uptake>()
  const columns = useColumns()
  const journals = useJournals()
  const used = new Set(e.adoptions.map((a) => a.journal_id))
  const adopt = useAction({
    form,
    run: (v: Uptake, act) => ok(client.POST('/exchange/envelopes/{id}/adopt', { ...act(), params: { path: { id: e.id } }, body: { ...v, version: e.version } })),
    done: (_, v) => t('exchange.adopted', { journal: journals.data?.items.find((j) => j.id === v.journal_id)?.name ?? '' }),
    after: close,
  })
  return (
    <FormDialog title={t('exchange.adopt_ask', { title: e.title })} open={open} close={close} form={form} action={adopt} ok={t('exchange.adopt')}>
      <Form.Item name="journal_id" label={t('exchange.journal')} rules={[chosen(t('exchange.journal'))]} extra={t('exchange.adopt_hint')}>
        <Select loading={journals.isPending} options={(journals.data?.items ?? []).map((j) => ({
          value: j.id, disabled: used.has(j.id),
          label: used.has(j.id) ? t('exchange.journal_used', { name: j.name, level: t(`journal.level.${j.level}`) }) : t('exchange.option', { name: j.name, note: t(`journal.level.${j.level}`) }),
        }))} />
      </Form.Item>
      <Form.Item name="column_id" label={t('exchange.adopt_column')} extra={t('exchange.adopt_column_hint')}>
        <Select allowClear showSearch={{ optionFilterProp: 'label' }} loading={columns.isPending}
          options={withRight(columns.data?.items ?? [], 'draft').filter((c) => c.rules.kinds.includes(e.kind)).map((c) => ({ value: c.id, label: c.name }))} />
      </Form.Item>
    </FormDialog>
  )
}
