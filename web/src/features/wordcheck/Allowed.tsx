import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { WordPhrase } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

/** Phrases in which a word does not count. */
export function Allowed() {
  const [search, set] = useAddress()
  const [open, setOpen] = useState(false)
  const [form] = Form.useForm<{ phrase: string }>()
  const query = useQuery({
    queryKey: ['wordcheck', 'allowed', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/wordcheck/allowed', { signal, params: { query: { ...pageOf(search), ...(search.q ? { q: search.q } : {}) } } })),
  })
  const add = useAction({
    form,
    run: (v: { phrase: string }, act) => ok(client.POST('/wordcheck/allowed', { ...act(), body: v })),
    done: (p) => t('wordcheck.saved', { word: p.phrase }),
    after: () => { setOpen(false) },
  })
  const remove = useAction({
    run: (p: WordPhrase, act) => ok(client.DELETE('/wordcheck/allowed/{id}', { ...act(), params: { path: { id: p.id } } })),
    done: (_, p) => t('wordcheck.removed', { word: p.phrase }),
    undo: (_, p, act) => ok(client.POST('/wordcheck/allowed', { ...act(), body: { phrase: p.phrase } })),
  })
  const columns: Col<WordPhrase>[] = [
    { key: 'phrase', title: t('wordcheck.phrase'), fixed: true, render: (p) => p.phrase },
    { key: 'by', title: t('wordcheck.changed'), render: (p) => `${p.changed_by || t('wordcheck.builtin')} ${dateTime(p.changed_at)}` },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (p) => (
      <Button size="small" danger onClick={() => { remove.go(p) }} aria-label={t('wordcheck.remove', { word: p.phrase })}>{t('app.delete')}</Button>
    ) },
  ]
  return (
    <>
      <p className="quiet">{t('wordcheck.allowed_hint')}</p>
      <div className="filters">
        <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('wordcheck.search')} aria-label={t('wordcheck.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        <Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('wordcheck.allow')}</Button>
      </div>
      <DataTable id="allowed" label={t('wordcheck.allowed')} query={query} columns={columns} rowKey={(p) => p.id} empty={<Nothing text={t('wordcheck.allowed_empty')} />} />
      <FormDialog title={t('wordcheck.allow')} open={open} close={() => { setOpen(false) }} form={form} action={add} initial={{ phrase: '' }}>
        <Form.Item name="phrase" label={t('wordcheck.phrase')} extra={t('wordcheck.allowed_hint')} rules={[required(t('wordcheck.phrase'))]}><Input maxLength={80} autoFocus /></Form.Item>
      </FormDialog>
    </>
  )
}
