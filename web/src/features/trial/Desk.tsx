import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialQuestion, TrialStanding } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { day } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { reach, useStanding } from './data'
import './trial.css'

const SettingsDialog = lazy(() => import('./SettingsDialog'))

/** Whom to ask, what people ask again and again, and who leads the rollout. */
export function Desk() {
  const able = useCan()('trial.support')
  const query = useStanding()
  const [open, setOpen] = useState(false)
  return (
    <Page help="trial#ask" name={t('nav.trial_help')} extra={<div className="row">
      <Link to="/help"><Button>{t('trial.guides')}</Button></Link>
      {able && <Button onClick={() => { setOpen(true) }}>{t('trial.settings')}</Button>}
    </div>}>
      <div className="stack-wide">
        <Loaded query={query}>{(s) => <Whom of={s} />}</Loaded>
        <Questions able={able} />
      </div>
      {open && <Suspense><SettingsDialog close={() => { setOpen(false) }} /></Suspense>}
    </Page>
  )
}

function Whom({ of: s }: { of: TrialStanding }) {
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('trial.contacts')}</h2><Link to="/trial/feedback" search={{ new: '1' }}><Button type="primary" size="small">{t('trial.say_something')}</Button></Link></div>
      {s.contacts.length === 0 && <Nothing text={t('trial.no_contacts')} />}
      <ul className="trial-cards">
        {s.contacts.map((c) => <li key={c.topic + c.name}><div className="quiet">{c.topic}</div><strong>{c.name}</strong><div>{reach(c)}</div></li>)}
      </ul>
      {s.group.length > 0 && (
        <>
          <h3>{t('trial.group')}</h3>
          <ul className="trial-cards">
            {s.group.map((g) => <li key={g.member_id + g.part}><div className="quiet">{t(`trial.group.${g.part}`)}</div><strong>{g.name}</strong></li>)}
          </ul>
        </>
      )}
    </section>
  )
}

function Questions({ able }: { able: boolean }) {
  const [search, set] = useAddress()
  const [open, setOpen] = useState<TrialQuestion | 'new'>()
  const query = useQuery({
    queryKey: ['trial-questions', search.q],
    queryFn: ({ signal }) => ok(client.GET('/trial/questions', { signal, params: { query: { limit: 200, ...(search.q ? { q: search.q } : {}) } } })),
  })
  const drop = useAction({
    run: (q: TrialQuestion, act) => ok(client.DELETE('/trial/questions/{id}', { ...act(), params: { path: { id: q.id }, query: { version: q.version } } })),
    confirm: (q) => ({ title: t('trial.question_drop_ask', { question: q.question }), danger: true }),
    done: () => t('trial.question_dropped'),
  })
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('trial.questions')}</h2>{able && <Button size="small" icon={<PlusOutlined />} onClick={() => { setOpen('new') }}>{t('trial.question_add')}</Button>}</div>
      <div className="filters"><Input.Search className="grow" allowClear defaultValue={search.q ?? ''} placeholder={t('trial.question_search')} aria-label={t('trial.question_search')} onSearch={(q) => { set({ q: q || undefined }) }} /></div>
      <Loaded query={query} isEmpty={(l) => l.items.length === 0} empty={<Nothing text={t('trial.no_questions')} />}>
        {(l) => l.items.map((q) => (
          <details key={q.id} className="trial-answer">
            <summary>{q.question}</summary>
            <div className="trial-text">{q.answer}</div>
            {q.page && <p>{t('trial.about_page')}<HrefLink href={q.page}>{q.page}</HrefLink></p>}
            <p className="quiet">{t('trial.updated', { day: day(q.updated_at) })}</p>
            {able && <div className="row"><Button size="small" onClick={() => { setOpen(q) }}>{t('app.edit')}</Button><Button size="small" danger onClick={() => { drop.go(q) }}>{t('app.delete')}</Button></div>}
          </details>
        ))}
      </Loaded>
      {open && <QuestionDialog {...(open === 'new' ? {} : { of: open })} close={() => { setOpen(undefined) }} />}
    </section>
  )
}

interface Values { question: string; answer: string; page?: string }

function QuestionDialog({ of: q, close }: { of?: TrialQuestion; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const save = useAction({
    form,
    run: (v: Values, act) => (q
      ? ok(client.PUT('/trial/questions/{id}', { ...act(), params: { path: { id: q.id } }, body: { ...v, version: q.version } }))
      : ok(client.POST('/trial/questions', { ...act(), body: v }))),
    done: () => t('trial.question_saved'), after: close,
  })
  return (
    <FormDialog title={t(q ? 'trial.question_edit' : 'trial.question_add')} open close={close} form={form} action={save} width={600} {...(q ? { initial: { question: q.question, answer: q.answer, page: q.page } } : {})}>
      <Form.Item name="question" label={t('trial.question')} rules={[required(t('trial.question'))]}><Input maxLength={200} /></Form.Item>
      <Form.Item name="answer" label={t('trial.answer_text')} rules={[required(t('trial.answer_text'))]}><Input.TextArea rows={5} maxLength={4000} showCount /></Form.Item>
      <Form.Item name="page" label={t('trial.page')} extra={t('trial.page_hint')}><Input maxLength={200} placeholder="/publish/mine" /></Form.Item>
    </FormDialog>
  )
}
