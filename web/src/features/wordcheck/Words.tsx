import { ImportOutlined, PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Radio, Select, Space, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Word, WordClass, WordDraft, WordLevel } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { classes, COLOR, levels } from './data'
import { ImportWords } from './ImportWords'

/** The words that are looked for. */
export function Words() {
  const [search, set] = useAddress()
  const [edited, setEdited] = useState<Partial<Word>>()
  const [importing, setImporting] = useState(false)
  const query = useQuery({
    queryKey: ['wordcheck', 'words', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/wordcheck/words', { signal, params: { query: {
      ...pageOf(search), ...(search.q ? { q: search.q } : {}),
      ...(search.class ? { class: search.class as WordClass } : {}), ...(search.level ? { level: search.level as WordLevel } : {}),
    } } })),
  })
  const remove = useAction({
    run: (w: Word, act) => ok(client.DELETE('/wordcheck/words/{id}', { ...act(), params: { path: { id: w.id }, query: { version: w.version } } })),
    done: (_, w) => t('wordcheck.removed', { word: w.word }),
    undo: (_, w, act) => ok(client.POST('/wordcheck/words', { ...act(), body: { word: w.word, class: w.class, level: w.level, advice: w.advice } })),
  })
  const columns: Col<Word>[] = [
    { key: 'word', title: t('wordcheck.word'), fixed: true, render: (w) => w.word },
    { key: 'advice', title: t('wordcheck.advice'), render: (w) => w.advice },
    { key: 'level', title: t('wordcheck.level'), render: (w) => <Tag color={COLOR[w.level] ?? ''}>{t(`wordcheck.level.${w.level}`)}</Tag> },
    { key: 'class', title: t('wordcheck.class'), render: (w) => t(`wordcheck.class.${w.class}`) },
    { key: 'by', title: t('wordcheck.changed'), render: (w) => `${w.changed_by || t('wordcheck.builtin')} ${dateTime(w.changed_at)}` },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (w) => (
      <Space>
        <Button size="small" onClick={() => { setEdited(w) }}>{t('app.edit')}</Button>
        <Button size="small" danger onClick={() => { remove.go(w) }} aria-label={t('wordcheck.remove', { word: w.word })}>{t('app.delete')}</Button>
      </Space>
    ) },
  ]
  return (
    <>
      <div className="filters">
        <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('wordcheck.search')} aria-label={t('wordcheck.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        <Select allowClear value={search.level} placeholder={t('wordcheck.level')} aria-label={t('wordcheck.level')} options={levels()} style={{ minWidth: 100 }} onChange={(level?: string) => { set({ level, after: undefined }) }} />
        <Select allowClear value={search.class} placeholder={t('wordcheck.class')} aria-label={t('wordcheck.class')} options={classes()} style={{ minWidth: 120 }} onChange={(c?: string) => { set({ class: c, after: undefined }) }} />
        <Button icon={<ImportOutlined />} onClick={() => { setImporting(true) }}>{t('wordcheck.import')}</Button>
        <Button type="primary" icon={<PlusOutlined />} onClick={() => { setEdited({}) }}>{t('wordcheck.add')}</Button>
      </div>
      <DataTable id="words" label={t('wordcheck.words')} query={query} columns={columns} rowKey={(w) => w.id} empty={<Nothing text={t('wordcheck.words_empty')} />} />
      <Edit row={edited} close={() => { setEdited(undefined) }} />
      {importing && <ImportWords close={() => { setImporting(false) }} />}
    </>
  )
}

function Edit({ row, close }: { row: Partial<Word> | undefined; close: () => void }) {
  const [form] = Form.useForm<WordDraft>()
  const id = row?.id
  const save = useAction({
    form,
    run: (v: WordDraft, act) => id && row.version
      ? ok(client.PATCH('/wordcheck/words/{id}', { ...act(), params: { path: { id } }, body: { ...v, version: row.version } }))
      : ok(client.POST('/wordcheck/words', { ...act(), body: v })),
    done: (w) => t('wordcheck.saved', { word: w.word }),
    after: close,
  })
  return (
    <FormDialog title={t(id ? 'wordcheck.edit' : 'wordcheck.add')} open={row !== undefined} close={close} form={form} action={save}
      initial={{ word: row?.word ?? '', advice: row?.advice ?? '', level: row?.level ?? 'warn', class: row?.class ?? 'wording' }}>
      <Form.Item name="word" label={t('wordcheck.word')} extra={t('wordcheck.word_hint')} rules={[required(t('wordcheck.word'))]}><Input maxLength={80} autoFocus /></Form.Item>
      <Form.Item name="advice" label={t('wordcheck.advice')}><Input maxLength={100} /></Form.Item>
      <Form.Item name="level" label={t('wordcheck.level')} extra={t('wordcheck.level_hint')}><Radio.Group options={levels()} /></Form.Item>
      <Form.Item name="class" label={t('wordcheck.class')}><Select options={classes()} /></Form.Item>
    </FormDialog>
  )
}
