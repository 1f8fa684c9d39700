import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Modal, Radio, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Offer, Scheme } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'

/** What is offered from above, or here for those below. */
export function useOffers(from: 'above' | 'here') {
  return useQuery({ queryKey: ['offers', from], queryFn: ({ signal }) => ok(client.GET('/assess/offers', { signal, params: { query: { from, limit: 100 } } })) })
}

export function BindingTag({ offer }: { offer: Pick<Offer, 'binding'> }) {
  return <Tag color={offer.binding === 'required' ? 'purple' : 'blue'}>{t(`offer.binding.${offer.binding}`)}</Tag>
}

/** The schemes offered from above, to begin one's own with. Shown only where there are any. */
export function FromAbove({ begin }: { begin: (o: Offer) => void }) {
  const query = useOffers('above')
  if ((query.data?.items ?? []).length === 0) return null
  const columns: Col<Offer>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, render: (o) => <>{o.name} <BindingTag offer={o} /></> },
    { key: 'issuer', title: t('offer.issuer'), render: (o) => o.issuer },
    { key: 'year', title: t('calendar.year'), align: 'right', render: (o) => o.year },
    { key: 'rules', title: t('scheme.rules'), align: 'right', render: (o) => o.rules },
    { key: 'note', title: t('offer.note'), render: (o) => o.note },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (o) => <Button size="small" onClick={() => { begin(o) }}>{t('offer.begin')}</Button> },
  ]
  return (
    <section className="panel">
      <h2>{t('offer.above')}</h2>
      <p className="quiet">{t('offer.above_hint')}</p>
      <DataTable id="offers-above" label={t('offer.above')} query={query} columns={columns} rowKey={(o) => o.id} paged={false} />
    </section>
  )
}

/** What was offered here, and who below has a scheme by it. Shown only where there is anything. */
export function OfferedHere() {
  const query = useOffers('here')
  const [shown, setShown] = useState<Offer>()
  const back = useAction({
    run: (o: Offer, act) => ok(client.POST('/assess/offers/{id}/withdraw', { ...act(), params: { path: { id: o.id } } })),
    confirm: (o) => ({ title: t('offer.withdraw_ask', { name: o.name }), content: t('offer.withdraw_hint'), ok: t('offer.withdraw'), danger: true }),
    done: (o) => t('offer.withdrawn_done', { name: o.name }),
  })
  if ((query.data?.items ?? []).length === 0) return null
  const columns: Col<Offer>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, render: (o) => <>{o.name} <BindingTag offer={o} />{o.withdrawn_at && <Tag>{t('offer.withdrawn')}</Tag>}</> },
    { key: 'version', title: t('version.version'), align: 'right', render: (o) => t('version.nth', { n: o.scheme_version }) },
    { key: 'year', title: t('calendar.year'), align: 'right', render: (o) => o.year },
    { key: 'at', title: t('offer.at'), date: true, render: (o) => dateTime(o.offered_at) },
    { key: 'uses', title: t('offer.uses'), align: 'right', fixed: true, render: (o) => <Button type="link" size="small" onClick={() => { setShown(o) }}>{t('offer.uses_of', { n: o.uses, of: o.units })}</Button> },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (o) => (o.withdrawn_at ? null : <Button size="small" loading={back.busy} onClick={() => { back.go(o) }}>{t('offer.withdraw')}</Button>) },
  ]
  return (
    <section className="panel">
      <h2>{t('offer.here')}</h2>
      <DataTable id="offers-here" label={t('offer.here')} query={query} columns={columns} rowKey={(o) => o.id} paged={false} />
      <Modal title={t('offer.uses')} open={shown !== undefined} onCancel={() => { setShown(undefined) }} footer={null} destroyOnHidden>{shown && <Uses offer={shown} />}</Modal>
    </section>
  )
}

function Uses({ offer }: { offer: Offer }) {
  const query = useQuery({ queryKey: ['offer-uses', offer.id], queryFn: ({ signal }) => ok(client.GET('/assess/offers/{id}/uses', { signal, params: { path: { id: offer.id } } })) })
  return (
    <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('offer.uses_empty')} />}>
      {(d) => <ul className="lines">{d.items.map((u) => <li key={u.unit + u.at}><span className="grow"><strong>{u.unit}</strong> {t('offer.use', { name: u.scheme, n: u.added })}</span><span className="when">{dateTime(u.at)}</span></li>)}</ul>}
    </Loaded>
  )
}

interface Values { binding: 'recommended' | 'required'; note?: string }

/** Offers a scheme to the tenants below. */
export function OfferDialog({ scheme, open, close }: { scheme: Scheme; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const binding = Form.useWatch('binding', form) ?? 'recommended'
  const send = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/assess/schemes/{id}/offers', { ...act(), params: { path: { id: scheme.id } }, body: { version: scheme.version, binding: v.binding, ...(v.note ? { note: v.note } : {}) } })),
    done: (o) => t('offer.done', { name: o.name, n: o.units }),
    after: close,
  })
  return (
    <FormDialog title={t('offer.offer_title', { name: scheme.name })} open={open} close={close} form={form} action={send} initial={{ binding: 'recommended' }} ok={t('offer.offer')}>
      <p className="quiet">{t('offer.hint')}</p>
      <Form.Item name="binding" label={t('offer.binding')} extra={t(`offer.about.${binding}`)}>
        <Radio.Group options={(['recommended', 'required'] as const).map((b) => ({ value: b, label: t(`offer.binding.${b}`) }))} />
      </Form.Item>
      <Form.Item name="note" label={t('offer.note')}><Input.TextArea maxLength={300} rows={2} /></Form.Item>
    </FormDialog>
  )
}
