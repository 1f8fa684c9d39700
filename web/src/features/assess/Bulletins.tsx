import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, Form, Input, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { RoundBulletin } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { useRounds } from './data'

/** The bulletins about rounds: drafts, and what was issued. */
export function Bulletins() {
  const [search] = useAddress()
  const [open, setOpen] = useState(false)
  const manage = useCan()('assess.manage')
  const query = useQuery({
    queryKey: ['round-bulletins', search.after, search.limit],
    queryFn: ({ signal }) => ok(client.GET('/assess/bulletins', { signal, params: { query: pageOf(search) } })),
  })
  const columns: Col<RoundBulletin>[] = [
    { key: 'title', title: t('item.title'), fixed: true, render: (b) => <Link to="/assess/bulletins/$id" params={{ id: b.id }}>{b.title}</Link> },
    { key: 'state', title: t('gazette.state'), fixed: true, render: (b) => <BulletinTag bulletin={b} /> },
    { key: 'round', title: t('assess.round'), render: (b) => b.round_name },
    { key: 'shown', title: t('gazette.shown'), date: true, render: (b) => dateTime(b.shown_at) },
    { key: 'by', title: t('gazette.by'), render: (b) => b.issued_by || b.by_name },
    { key: 'at', title: t('app.time'), date: true, render: (b) => dateTime(b.issued_at ?? b.at) },
  ]
  const create = manage && <Button type="primary" onClick={() => { setOpen(true) }}>{t('gazette.new')}</Button>
  return (
    <Page help="rounds#bulletin" name={t('gazette.title')} extra={create}>
      <section className="panel">
        <DataTable id="round-bulletins" label={t('gazette.title')} query={query} columns={columns} rowKey={(b) => b.id} empty={<Nothing text={t('gazette.none')}>{create}</Nothing>} />
      </section>
      <NewBulletin open={open} close={() => { setOpen(false) }} />
    </Page>
  )
}

export function BulletinTag({ bulletin }: { bulletin: Pick<RoundBulletin, 'state'> }) {
  return <Tag color={bulletin.state === 'issued' ? 'success' : 'warning'}>{t(`gazette.state.${bulletin.state}`)}</Tag>
}

interface Values { round_id: string; title: string }

function NewBulletin({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const rounds = (useRounds().data?.items ?? []).filter((r) => r.computed_at)
  const create = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/assess/bulletins', { ...act(), body: v })),
    after: (b) => { close(); void navigate({ to: '/assess/bulletins/$id', params: { id: b.id } }) },
  })
  const first = rounds[0]
  return (
    <FormDialog title={t('gazette.new')} open={open} close={close} form={form} action={create}
      initial={first ? { round_id: first.id, title: t('gazette.title_of', { round: first.name }) } : {}}>
      <Form.Item name="round_id" label={t('assess.round')} rules={[chosen(t('assess.round'))]}>
        <Select options={rounds.map((r) => ({ value: r.id, label: r.name }))} onChange={(id: string) => { const r = rounds.find((x) => x.id === id); if (r) form.setFieldValue('title', t('gazette.title_of', { round: r.name })) }} />
      </Form.Item>
      <Form.Item name="title" label={t('item.title')} rules={[required(t('item.title'))]} extra={t('gazette.new_hint')}><Input maxLength={120} /></Form.Item>
    </FormDialog>
  )
}
