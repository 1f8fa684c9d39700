import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialImprovement } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { Nothing } from '@/ui/Loaded'
import { PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

const COLORS: Record<TrialImprovement['state'], string> = { open: 'default', doing: 'processing', done: 'success', dropped: 'default' }
const STATES = ['open', 'doing', 'done', 'dropped'] as const

/** What the reader has to improve. */
export function OwnImprovements() {
  const query = useQuery({ queryKey: ['trial-improvements'], queryFn: ({ signal }) => ok(client.GET('/trial/improvements', { signal })) })
  const items = query.data?.items ?? []
  if (items.length === 0) return null
  return (
    <section className="panel">
      <h2>{t('trial.my_improvements')}</h2>
      <List items={items} mine />
    </section>
  )
}

/** What a run showed to need work. */
export function Improvements({ run, items, able }: { run: string; items: TrialImprovement[]; able: boolean }) {
  const [open, setOpen] = useState(false)
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('trial.improvements')}</h2>
        {able && <Button size="small" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('trial.improve')}</Button>}
      </div>
      {items.length === 0 ? <Nothing text={t('trial.no_improvements')} /> : <List items={items} able={able} />}
      {open && <New run={run} close={() => { setOpen(false) }} />}
    </section>
  )
}

function List({ items, able = false, mine = false }: { items: TrialImprovement[]; able?: boolean; mine?: boolean }) {
  const [moving, setMoving] = useState<TrialImprovement>()
  return (
    <>
      <ul className="trial-steps">
        {items.map((i) => (
          <li key={i.id} className="row-between">
            <div>
              <strong>{i.title}</strong> <Tag color={COLORS[i.state]}>{t(`trial.improvement.${i.state}`)}</Tag>
              <div className={i.overdue ? 'red' : 'quiet'}>{t('trial.improvement_of', { who: i.owner, due: i.due_on })}{i.overdue && <> · {t('trial.overdue')}</>}
                {i.feedback_id && <> · <Link className="told" to="/trial/feedback/$id" params={{ id: i.feedback_id }}>{t('trial.from_feedback')}</Link></>}</div>
              {i.detail && <div className="trial-text">{i.detail}</div>}
              {i.note && <div className="quiet trial-text">{i.note}</div>}
            </div>
            {(able || mine) && <Button size="small" onClick={() => { setMoving(i) }}>{t('trial.progress')}</Button>}
          </li>
        ))}
      </ul>
      {moving && <Move of={moving} able={able} close={() => { setMoving(undefined) }} />}
    </>
  )
}

function Move({ of: i, able, close }: { of: TrialImprovement; able: boolean; close: () => void }) {
  const [form] = Form.useForm<{ state: TrialImprovement['state']; note?: string }>()
  const save = useAction({
    form,
    run: (v: { state: TrialImprovement['state']; note?: string }, act) => ok(client.POST('/trial/improvements/{id}', { ...act(), params: { path: { id: i.id } }, body: { ...v, version: i.version } })),
    done: () => t('trial.progress_saved'), after: close,
  })
  return (
    <FormDialog title={i.title} open close={close} form={form} action={save} initial={{ state: i.state, note: i.note }}>
      <Form.Item name="state" label={t('app.state')}><Select options={STATES.filter((s) => able || s !== 'dropped').map((s) => ({ value: s, label: t(`trial.improvement.${s}`) }))} /></Form.Item>
      <Form.Item name="note" label={t('trial.note')}><Input.TextArea rows={3} maxLength={500} showCount /></Form.Item>
    </FormDialog>
  )
}

interface Values { title: string; detail?: string; owner_id: string; due_on: string }

/** Gives somebody an improvement to make. */
export function New({ run, feedback, title, close }: { run: string; feedback?: string; title?: string; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const save = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/trial/runs/{id}/improvements', { ...act(), params: { path: { id: run } }, body: { ...v, ...(feedback ? { feedback_id: feedback } : {}) } })),
    done: () => t('trial.improve_done'), after: close,
  })
  return (
    <FormDialog title={t('trial.improve')} open close={close} form={form} action={save} {...(title ? { initial: { title } } : {})}>
      <Form.Item name="title" label={t('trial.title')} rules={[required(t('trial.title'))]}><Input maxLength={120} /></Form.Item>
      <Form.Item name="detail" label={t('trial.detail')}><Input.TextArea rows={3} maxLength={2000} showCount /></Form.Item>
      <Form.Item name="owner_id" label={t('trial.owner')} rules={[chosen(t('trial.owner'))]}><PersonSelect /></Form.Item>
      <Form.Item name="due_on" label={t('trial.due_on')} rules={[chosen(t('trial.due_on'))]}><Input type="date" /></Form.Item>
    </FormDialog>
  )
}
