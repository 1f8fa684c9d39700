import { useInfiniteQuery } from '@tanstack/react-query'
import { Button, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { ItemComment } from '@/api/types'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'

/** What readers say about an item: text, newest first. */
export default function Comments({ id, count, may }: { id: string; count: number; may: boolean }) {
  const query = useInfiniteQuery({
    queryKey: ['item', id, 'comments'], initialPageParam: '',
    queryFn: ({ signal, pageParam }) => ok(client.GET('/publish/items/{id}/comments', { signal, params: { path: { id }, query: pageParam ? { after: pageParam } : {} } })),
    getNextPageParam: (last) => last.next || undefined,
  })
  const all = query.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <section className="panel" aria-label={t('comments.title', { n: count })}>
      <h2 className="section">{t('comments.title', { n: count })}</h2>
      {may && <Write id={id} />}
      {query.isSuccess && all.length === 0 && <p className="quiet">{t('comments.empty')}</p>}
      <ul className="lines">{all.map((k) => <li key={k.id}><One comment={k} /></li>)}</ul>
      {query.hasNextPage && <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('readers.more')}</Button>}
    </section>
  )
}

function Write({ id }: { id: string }) {
  const [form] = Form.useForm<{ text: string }>()
  const add = useAction({
    form,
    run: (v: { text: string }, act) => ok(client.POST('/publish/items/{id}/comments', { ...act(), params: { path: { id } }, body: v })),
    done: () => t('comments.added'), after: () => { form.resetFields() },
  })
  return (
    <Form form={form} layout="vertical" onFinish={(v) => { add.go(v) }}>
      <Form.Item name="text" rules={[required(t('comments.label'))]}>
        <Input.TextArea rows={2} maxLength={500} showCount placeholder={t('comments.ph')} aria-label={t('comments.label')} />
      </Form.Item>
      <Button htmlType="submit" loading={add.busy}>{t('comments.add')}</Button>
    </Form>
  )
}

function One({ comment: k }: { comment: ItemComment }) {
  const [hiding, setHiding] = useState(false)
  const [form] = Form.useForm<Reason>()
  const params = { path: { id: k.id } }
  const remove = useAction({
    run: (_: null, act) => ok(client.DELETE('/publish/comments/{id}', { ...act(), params })),
    confirm: () => ({ title: t('comments.delete_ask'), content: k.text, ok: t('comments.delete'), danger: true }),
    done: () => t('comments.deleted'),
  })
  const hide = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/publish/comments/{id}/hide', { ...act(), params, body: v })),
    done: () => t('comments.hidden'), after: () => { setHiding(false) },
  })
  return (
    <div>
      <div className="row">
        <strong>{k.name}</strong>
        <span className="quiet">{[k.department_name, dateTime(k.at)].filter(Boolean).join(' · ')}</span>
        {k.may.includes('delete') && <Button type="link" size="small" loading={remove.busy} onClick={() => { remove.go(null) }}>{t('comments.delete')}</Button>}
        {k.may.includes('hide') && <Button type="link" size="small" onClick={() => { setHiding(true) }}>{t('comments.hide')}</Button>}
      </div>
      <div style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{k.text}</div>
      {k.state === 'hidden' && <p className="quiet">{t('comments.hidden_by', { name: k.hidden_name, reason: k.hidden_reason })}</p>}
      <ReasonDialog title={t('comments.hide_ask', { name: k.name })} open={hiding} close={() => { setHiding(false) }} form={form} action={hide} />
    </div>
  )
}
