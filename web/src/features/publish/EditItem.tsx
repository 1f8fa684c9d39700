import { CheckCircleOutlined, CloudSyncOutlined, WarningOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { Alert, Button, Form, Input, Result, Select } from 'antd'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { problemText } from '@/api/problem'
import type { Item, ItemDraft } from '@/api/types'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { PersonSelect } from '@/ui/pickers'
import { Attachments } from './Attachments'
import { itemQuery, useColumns, withRight } from './data'
import { Editor } from './Editor'
import { fieldsOf, fieldsToSave } from './fields'
import { ItemFields } from './ItemFields'
import { LockBanner } from './LockBanner'
import { kindsOf } from './NewItem'
import { WordsButton } from './ItemWords'
import { SubmitDialog } from './SubmitDialog'
import { useDraft } from './useDraft'
import { type Lock, useLock } from './useLock'

const RevisionsButton = lazy(() => import('./RevisionsButton'))

/** The editor of a draft. */
export function EditItem() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ ...itemQuery(id), staleTime: Infinity, refetchOnWindowFocus: false })
  const [round, setRound] = useState(0)
  const reload = () => { void query.refetch().then(() => { setRound((n) => n + 1) }) }
  return (
    <Page help="writing#editing" name={t('item.edit')} back>
      <Loaded query={query}>
        {(item) => item.may.includes('edit')
          ? <Held id={id} reload={reload}>{(lock) => <Writing key={`${id} ${round}`} item={item} reload={reload} lock={lock} />}</Held>
          : <Result status="info" title={t('item.not_editable')} extra={<Link to="/publish/items/$id" params={{ id }}><Button>{t('item.open')}</Button></Link>} />}
      </Loaded>
    </Page>
  )
}

// The item is held for this window as long as the page is open, whatever is loaded into it.
function Held({ id, reload, children }: { id: string; reload: () => void; children: (lock: Lock) => ReactNode }) {
  const lock = useLock(id, reload)
  return <><LockBanner lock={lock} />{children(lock)}</>
}

function Writing({ item, reload, lock }: { item: Item; reload: () => void; lock: Lock }) {
  const draft = useDraft(item, reload)
  const columns = useColumns()
  const [form] = Form.useForm<ItemDraft>()
  const [body, setBody] = useState(item.body_html)
  const [submitting, setSubmitting] = useState(false)
  const changed = (html: string) => {
    lock.touch()
    const v = form.getFieldsValue()
    draft.saver.change({
      column_id: v.column_id, kind: v.kind, title: v.title, source: v.source, ...(v.editor_id ? { editor_id: v.editor_id } : {}), body_html: html, ...fieldsToSave(v),
    })
  }
  const submit = async () => {
    const good = await form.validateFields().then(() => true, () => false)
    if (good) setSubmitting(true)
  }
  return (
    <Form<ItemDraft> form={form} disabled={lock.off} layout="vertical" className="stack-wide" onValuesChange={() => { changed(body) }} scrollToFirstError={{ focus: true }} initialValues={{
      title: item.title, column_id: item.column_id, kind: item.kind, source: item.source, editor_id: item.editor?.id, ...fieldsOf(item),
    }}>
      {item.state !== 'draft' && <Alert type="warning" showIcon title={t('item.edit_ask_hint')} />}
      <div className="two">
        <section className="panel">
          <Form.Item name="title" label={t('item.title')} rules={[required(t('item.title'))]}><Input size="large" maxLength={80} showCount /></Form.Item>
          <Form.Item label={t('item.body')} required>
            <Editor html={item.body_html} off={lock.off} changed={(html) => { setBody(html); changed(html) }} />
          </Form.Item>
          <div className="sticky-foot row-between">
            <Saved state={draft.state} problem={draft.problem && problemText(draft.problem)} />
            <div className="row">
              {item.revisions && <Suspense><RevisionsButton item={item} off={lock.off} version={() => draft.saver.flush().then(draft.version)} restored={reload} /></Suspense>}
              <WordsButton id={item.id} before={() => draft.saver.flush()} />
              <Button type="primary" onClick={() => void submit()}>{t('item.submit')}</Button>
            </div>
          </div>
        </section>
        <div className="stack-wide">
          <Particulars item={item} />
          <ItemFields item={item} columns={columns.data?.items ?? []} off={lock.off} before={() => draft.saver.flush()} version={draft.version} changed={draft.accept} />
          <Attachments item={item} before={() => draft.saver.flush()} version={draft.version} changed={draft.accept} />
        </div>
      </div>
      <SubmitDialog item={item} open={submitting} close={() => { setSubmitting(false) }} before={() => draft.saver.flush()} version={draft.version} />
    </Form>
  )
}

function Particulars({ item }: { item: Item }) {
  const columns = useColumns()
  const options = withRight(columns.data?.items ?? [], 'draft').map((c) => ({ value: c.id, label: c.name }))
  if (!options.some((o) => o.value === item.column_id)) options.push({ value: item.column_id, label: item.column_name })
  const form = Form.useFormInstance<{ column_id: string; kind: Item['kind'] }>()
  const at = Form.useWatch('column_id', form) ?? item.column_id
  const kinds = kindsOf(columns.data?.items ?? [], at)
  const moved = (id: string) => {
    const taken = kindsOf(columns.data?.items ?? [], id)
    if (!taken.includes(form.getFieldValue('kind') as Item['kind'])) form.setFieldValue('kind', taken[0])
  }
  return (
    <section className="panel">
      <h2>{t('item.particulars')}</h2>
      <Form.Item name="column_id" label={t('item.column')}><Select showSearch={{ optionFilterProp: 'label' }} options={options} onChange={moved} /></Form.Item>
      <Form.Item name="kind" label={t('item.kind')}><Select options={kinds.map((k) => ({ value: k, label: t(`item.kind.${k}`) }))} /></Form.Item>
      <Form.Item name="editor_id" label={t('item.editor')}><PersonSelect initial={item.editor} /></Form.Item>
      <Form.Item name="source" label={t('item.source')}><Input maxLength={100} placeholder={t('item.source_ph')} /></Form.Item>
      <div className="quiet">{t('item.drafter_is', { name: item.drafter.name })}</div>
    </section>
  )
}

function Saved({ state, problem }: { state: ReturnType<typeof useDraft>['state']; problem?: string }) {
  if (state === 'failed') return <span className="red" role="alert"><WarningOutlined /> {t('item.save_failed')} {problem}</span>
  return (
    <span className="quiet" role="status">
      {state === 'saved' ? <CheckCircleOutlined /> : <CloudSyncOutlined />} {t(`item.save.${state}`)}
    </span>
  )
}
