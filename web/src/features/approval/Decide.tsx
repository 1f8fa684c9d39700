import { CheckOutlined, RollbackOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Checkbox, Form, Input, Radio } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { ReturnReason, TaskPage } from '@/api/types'
import { itemQuery } from '@/features/publish/data'
import { t, tOr } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Term } from '@/ui/HelpLink'
import { useAction } from '@/ui/useAction'
import { useKeys } from '@/ui/useKeys'
import { useTasks } from './data'
import { isItem } from './Subject'

const REASONS: ReturnReason[] = ['format', 'wording', 'false', 'irrelevant', 'unlawful', 'other']
const PLAIN: ReturnReason[] = ['format', 'irrelevant', 'other'] // of what is no text for readers

/** The decision: checks to tick, an opinion, approve or return; then the next one. */
export function Decide({ page }: { page: TaskPage }) {
  const next = useNext(page.task.id)
  const [returning, setReturning] = useState(false)
  const may = new Set(page.may)
  const [form] = Form.useForm<Ticked>()
  useKeys({
    ...(may.has('approve') ? { a: () => { form.submit() } } : {}),
    ...(may.has('return') ? { r: () => { setReturning(true) } } : {}),
  })
  return (
    <section className="panel">
      <h2><Term of="checks">{t('approval.decide')}</Term></h2>
      {may.has('approve') && <Approve page={page} form={form} next={next} />}
      {may.has('return') && <Button block icon={<RollbackOutlined />} onClick={() => { setReturning(true) }}>{t('approval.return')} (r)</Button>}
      <ReturnDialog page={page} open={returning} close={() => { setReturning(false) }} next={next} />
    </section>
  )
}

// Goes on to the next to-do, or to the list when there is none.
function useNext(id: string): () => void {
  const navigate = useNavigate()
  const todo = useTasks('todo', {})
  return () => {
    const list = todo.data?.items ?? []
    const at = list.findIndex((x) => x.id === id)
    const next = list[at + 1] ?? list.find((x) => x.id !== id)
    void (next ? navigate({ to: '/approval/tasks/$id', params: { id: next.id } }) : navigate({ to: '/approval' }))
  }
}

interface Ticked { checks: Record<string, boolean>; opinion?: string }

function Approve({ page, form, next }: { page: TaskPage; form: ReturnType<typeof Form.useForm<Ticked>>[0]; next: () => void }) {
  const text = isItem(page.task.kind)
  const item = useQuery({ ...itemQuery(page.task.subject_id), enabled: text })
  const hash = text ? item.data?.content_hash : page.case.content_hash
  const approve = useAction({
    form,
    run: (v: Ticked, act) => ok(client.POST('/approval/tasks/{id}/approve', {
      ...act(), params: { path: { id: page.task.id } },
      body: { checks: v.checks ?? {}, content_hash: hash ?? '', ...(v.opinion ? { opinion: v.opinion } : {}) },
    })),
    done: () => t('approval.done_approve', { title: page.task.title }),
    after: next,
  })
  return (
    <Form<Ticked> form={form} layout="vertical" onFinish={approve.go} scrollToFirstError={{ focus: true }}>
      {page.checks.map((c) => (
        <Form.Item key={c} name={['checks', c]} valuePropName="checked" style={{ marginBottom: 8 }}
          rules={[{ validator: (_, v) => (v ? Promise.resolve() : Promise.reject(new Error(t('approval.check_needed')))) }]}>
          <Checkbox>{tOr(`check.${c}`, c)}</Checkbox>
        </Form.Item>
      ))}
      <Form.Item name="opinion" label={t('approval.opinion')}><Input.TextArea rows={3} maxLength={500} placeholder={t('approval.opinion_ph')} title={t('approval.opinion_keys')}
        onKeyDown={(e) => {
          if (e.key === 'Escape') e.currentTarget.blur()
          if (e.key === 'Enter' && e.ctrlKey) form.submit()
        }} /></Form.Item>
      <Form.Item style={{ marginBottom: 8 }}>
        <Button type="primary" block htmlType="submit" icon={<CheckOutlined />} loading={approve.busy} disabled={!hash}>{t('approval.approve')} (a)</Button>
      </Form.Item>
    </Form>
  )
}

function ReturnDialog({ page, open, close, next }: { page: TaskPage; open: boolean; close: () => void; next: () => void }) {
  const [form] = Form.useForm<{ reason_code: ReturnReason; opinion: string }>()
  const back = useAction({
    form,
    run: (v: { reason_code: ReturnReason; opinion: string }, act) => ok(client.POST('/approval/tasks/{id}/return', { ...act(), params: { path: { id: page.task.id } }, body: v })),
    done: () => t('approval.done_return', { title: page.task.title }),
    after: () => {
      close()
      next()
    },
  })
  return (
    <FormDialog title={t('approval.return_title')} open={open} close={close} form={form} action={back} ok={t('approval.return')}>
      <Form.Item name="reason_code" label={t('approval.return_reason')} rules={[chosen(t('approval.return_reason'))]}>
        <Radio.Group className="stack" options={(isItem(page.task.kind) ? REASONS : PLAIN).map((r) => ({ value: r, label: t(`approval.reason.${r}`) }))} />
      </Form.Item>
      <Form.Item name="opinion" label={t('approval.opinion')} rules={[required(t('approval.opinion'))]}>
        <Input.TextArea rows={3} maxLength={500} showCount placeholder={t('approval.return_ph')} />
      </Form.Item>
    </FormDialog>
  )
}
