import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input, Modal, Space } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Column, ColumnApplication, ColumnWish } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { FormDialog } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { ApplicationTag } from './Applications'
import { kindsText } from './RuleFields'
import { WishFields, type WishForm, wishForm, wishOf } from './WishFields'

/** One application: what was asked and what was answered; the Office answers here. */
export function ApplicationDialog({ id, columns, close }: { id: string | undefined; columns: Column[]; close: () => void }) {
  const [step, setStep] = useState<'consent' | 'refuse'>()
  const query = useQuery({
    queryKey: ['application', id], enabled: id !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/publish/applications/{id}', { signal, params: { path: { id: id ?? '' } } })),
  })
  const withdraw = useAction({
    run: (a: ColumnApplication, act) => ok(client.POST('/publish/applications/{id}/withdraw', { ...act(), params: { path: { id: a.id } }, body: { version: a.version } })),
    confirm: (a) => ({ title: t('apply.withdraw_ask', { name: a.column_name }), ok: t('apply.withdraw') }),
    done: () => t('apply.withdrawn'),
    after: close,
  })
  const a = query.data
  return (
    <>
      <Modal open={id !== undefined && step === undefined} onCancel={close} width={640} destroyOnHidden title={a ? t(`apply.kind.${a.kind}`) : t('apply.tab')} footer={a && a.may.length > 0 ? (
        <Space wrap>
          {a.may.includes('withdraw') && <Button loading={withdraw.busy} onClick={() => { withdraw.go(a) }}>{t('apply.withdraw')}</Button>}
          {a.may.includes('decide') && <Button danger onClick={() => { setStep('refuse') }}>{t('apply.refuse')}</Button>}
          {a.may.includes('decide') && <Button type="primary" onClick={() => { setStep('consent') }}>{t('apply.consent')}</Button>}
        </Space>
      ) : null}>
        <Loaded query={query}>{(row) => <Shown row={row} columns={columns} />}</Loaded>
      </Modal>
      {a && <Refuse row={a} open={step === 'refuse'} close={() => { setStep(undefined) }} after={close} />}
      {a && <Consent row={a} columns={columns} open={step === 'consent'} close={() => { setStep(undefined) }} after={close} />}
    </>
  )
}

function Shown({ row, columns }: { row: ColumnApplication; columns: Column[] }) {
  return (
    <div className="stack-wide">
      <dl className="column-rules">
        <div><dt>{t('app.state')}</dt><dd><ApplicationTag row={row} /></dd></div>
        <div><dt>{t('item.column')}</dt><dd>{row.column_name}</dd></div>
        <div><dt>{t('apply.by')}</dt><dd>{row.applicant_name} <span className="quiet">{row.department_name} {dateTime(row.created_at)}</span></dd></div>
        <div><dt>{t('apply.reason')}</dt><dd>{row.reason}</dd></div>
      </dl>
      {row.decided_at && row.state !== 'withdrawn' && (
        <Alert type={row.state === 'refused' ? 'error' : 'success'} showIcon title={`${row.decided_name} ${dateTime(row.decided_at)}`} description={row.note} />
      )}
      <section><h3 className="section">{t('apply.asked')}</h3><WishList wish={row.asked} open={row.kind === 'open'} columns={columns} /></section>
      {row.given && row.amended && <section><h3 className="section">{t('apply.given')}</h3><WishList wish={row.given} open={row.kind === 'open'} columns={columns} /></section>}
    </div>
  )
}

function WishList({ wish, open, columns }: { wish: ColumnWish; open: boolean; columns: Column[] }) {
  const parent = columns.find((c) => c.id === wish.parent_id)?.name ?? t('apply.top')
  const people = (wish.people ?? []).map((p) => `${t(`right.${p.right}`)} ${p.name ?? ''}`).join(t('app.comma'))
  const clears = (f: 'kinds' | 'purpose') => wish.clear?.includes(f)
  const rows: [string, string | undefined][] = [
    [t('app.name_label'), wish.name], [t('column.parent'), open || wish.parent_id ? parent : undefined], [t('column.purpose'), clears('purpose') ? t('app.none') : wish.purpose],
    [t('column.levels'), wish.review_levels ? String(wish.review_levels) : undefined], [t('column.kinds'), wish.kinds?.length ? kindsText(wish.kinds) : open || clears('kinds') ? t('column.rule_as_above') : undefined], [t('apply.people'), people || undefined],
  ]
  return <dl className="column-rules">{rows.map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v ?? <span className="quiet">{t(open ? 'app.none' : 'apply.unchanged')}</span>}</dd></div>)}</dl>
}

interface Decides { row: ColumnApplication; open: boolean; close: () => void; after: () => void }

function Refuse({ row, open, close, after }: Decides) {
  const [form] = Form.useForm<Reason>()
  const refuse = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/publish/applications/{id}/refuse', { ...act(), params: { path: { id: row.id } }, body: { reason: v.reason, version: row.version } })),
    done: () => t('apply.refused'),
    after: () => { close(); after() },
  })
  return <ReasonDialog title={t('apply.refuse_title')} open={open} close={close} form={form} action={refuse} danger />
}

function Consent({ row, columns, open, close, after }: Decides & { columns: Column[] }) {
  const [form] = Form.useForm<WishForm & { note?: string }>()
  const column = row.kind === 'change' ? columns.find((c) => c.id === row.column_id) : undefined
  const consent = useAction({
    form,
    run: ({ note, ...v }: WishForm & { note?: string }, act) => {
      const given = wishOf(v, column)
      const same = JSON.stringify(wishOf(wishForm(row.asked, column), column)) === JSON.stringify(given)
      return ok(client.POST('/publish/applications/{id}/consent', { ...act(), params: { path: { id: row.id } }, body: {
        version: row.version, ...(note ? { note } : {}), ...(same ? {} : { given }),
      } }))
    },
    done: (a) => t('apply.consented', { name: a.given?.name ?? a.column_name }),
    after: () => { close(); after() },
  })
  return (
    <FormDialog title={t('apply.consent')} open={open} close={close} form={form} action={consent} ok={t('apply.consent')} width={640} initial={wishForm(row.asked, column)}>
      <Alert type="info" className="gap-below" title={t('apply.consent_hint')} />
      <WishFields columns={columns} about={column?.id} people={row.asked.people} />
      <Form.Item name="note" label={t('apply.note')}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
    </FormDialog>
  )
}
