import { DeleteOutlined, FilePdfOutlined, FileWordOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { Button, Form, Input, Tag, Tooltip } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { client, ok } from '@/api/client'
import type { RoundBulletinPage } from '@/api/types'
import { useCan } from '@/app/session'
import { WorkBars } from '@/features/progress/Bar'
import { follow } from '@/features/progress/follow'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { Paper } from './BulletinPaper'
import { BulletinTag } from './Bulletins'
import './views.css'

/** One bulletin: its text with placeholders beside how it reads; issued, only how it reads. */
export function BulletinView() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({
    queryKey: ['round-bulletin', id], refetchOnWindowFocus: false,
    queryFn: ({ signal }) => ok(client.GET('/assess/bulletins/{id}', { signal, params: { path: { id } } })),
  })
  const b = query.data
  const file = (as: string) => `/api/assess/bulletins/${id}/file?as=${as}`
  return (
    <Page help="rounds#bulletin" name={t('gazette.title')} title={b?.title ?? t('gazette.title')} back extra={b && (
      <>
        <Button icon={<FileWordOutlined />} href={file('docx')} download>DOCX</Button>
        <Button icon={<FilePdfOutlined />} href={file('pdf')} download>PDF</Button>
      </>
    )}>
      <WorkBars subject={`assess/bulletin/${id}`} />
      <Loaded query={query} isEmpty={() => false} empty={null}>
        {(x) => x.state === 'issued' ? <Issued bulletin={x} /> : <Draft key={x.version} bulletin={x} />}
      </Loaded>
    </Page>
  )
}

function Issued({ bulletin: b }: { bulletin: RoundBulletinPage }) {
  const manage = useCan()('assess.manage')
  return (
    <div className="stack-wide">
      <div className="row">
        <span className="quiet">{b.shown_at ? t('gazette.shown_to', { who: b.shown_by, at: dateTime(b.shown_at), n: b.shown_to }) : t('gazette.not_shown')}</span>
        {manage && (b.shown_at ? <Conceal bulletin={b} /> : <Show bulletin={b} />)}
      </div>
      <p className="quiet"><BulletinTag bulletin={b} /> {t('gazette.issued_by', { who: b.issued_by, at: dateTime(b.issued_at ?? b.at) })} · <span className="mono" title={b.digest}>{t('gazette.digest', { digest: b.digest.slice(0, 16) })}</span></p>
      <Paper blocks={b.blocks} />
    </div>
  )
}

function Show({ bulletin: b }: { bulletin: RoundBulletinPage }) {
  const show = useAction({
    run: (_: null, act) => ok(client.POST('/assess/bulletins/{id}/show', { ...act(), params: { path: { id: b.id } } })),
    confirm: () => ({ title: t('gazette.show_ask', { title: b.title }), content: t('gazette.show_hint'), ok: t('gazette.show') }),
    done: () => t('gazette.shown'),
  })
  return <Button type="primary" loading={show.busy} onClick={() => { show.go(null) }}>{t('gazette.show')}</Button>
}

function Conceal({ bulletin: b }: { bulletin: RoundBulletinPage }) {
  const [form] = Form.useForm<Reason>()
  const [open, setOpen] = useState(false)
  const action = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/assess/bulletins/{id}/conceal', { ...act(), params: { path: { id: b.id } }, body: v })),
    done: () => t('gazette.concealed'),
    after: () => { setOpen(false) },
  })
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('gazette.conceal')}</Button>
      <ReasonDialog title={t('gazette.conceal_ask', { title: b.title })} open={open} close={() => { setOpen(false) }} form={form} action={action} danger />
    </>
  )
}

interface Values { title: string; text: string }

function Draft({ bulletin: b }: { bulletin: RoundBulletinPage }) {
  const [form] = Form.useForm<Values>()
  const manage = useCan()('assess.manage')
  const area = useRef<{ resizableTextArea?: { textArea: HTMLTextAreaElement } }>(null)
  const save = useAction({
    form,
    run: (v: Values, act) => ok(client.PUT('/assess/bulletins/{id}', { ...act(), params: { path: { id: b.id } }, body: { ...v, version: b.version } })),
    done: () => t('gazette.saved'),
  })
  useEffect(() => { form.setFieldsValue({ title: b.title, text: b.text }) }, [form, b])
  const insert = (name: string) => {
    const box = area.current?.resizableTextArea?.textArea
    const text = form.getFieldValue('text') as string
    const at = box?.selectionStart ?? text.length
    form.setFieldValue('text', `${text.slice(0, at)}{${name}}${text.slice(box?.selectionEnd ?? at)}`)
    box?.focus()
  }
  if (!manage) return <Paper blocks={b.blocks} />
  return (
    <div className="bulletin-edit">
      <section className="panel">
        <p className="quiet"><BulletinTag bulletin={b} /> {t('gazette.draft_hint')}</p>
        <Form form={form} layout="vertical" initialValues={{ title: b.title, text: b.text }} onFinish={(v: Values) => { save.go(v) }}>
          <Form.Item name="title" label={t('item.title')} rules={[required(t('item.title'))]}><Input maxLength={120} /></Form.Item>
          <Form.Item name="text" label={t('gazette.text')} rules={[required(t('gazette.text'))]} extra={t('gazette.text_hint')}>
            <Input.TextArea ref={area as never} autoSize={{ minRows: 16, maxRows: 32 }} maxLength={20000} />
          </Form.Item>
          <Form.Item label={t('gazette.placeholders')} extra={t('gazette.placeholders_hint')}>
            <div className="placeholders">
              {b.placeholders.map((p) => (
                <Tooltip key={p.name} title={p.table ? t('gazette.table') : p.value || t('gazette.empty')}>
                  <Tag role="button" tabIndex={0} style={{ cursor: 'pointer' }} color={p.table ? 'blue' : undefined} onClick={() => { insert(p.name) }}
                    onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); insert(p.name) } }}>{p.name}</Tag>
                </Tooltip>
              ))}
            </div>
          </Form.Item>
          <div className="row">
            <Button type="primary" htmlType="submit" loading={save.busy}>{t('gazette.save')}</Button>
            <Actions bulletin={b} />
          </div>
        </Form>
      </section>
      <Paper blocks={b.blocks} />
    </div>
  )
}

function Actions({ bulletin: b }: { bulletin: RoundBulletinPage }) {
  const navigate = useNavigate()
  const issue = useAction({
    run: (_: null, act) => ok(client.POST('/assess/bulletins/{id}/issue', { ...act(), params: { path: { id: b.id } }, body: { version: b.version } })),
    confirm: () => ({ title: t('gazette.issue_ask', { title: b.title }), content: t('gazette.issue_hint'), ok: t('gazette.issue') }),
    after: (r) => { follow(r.work_id) },
  })
  const drop = useAction({
    run: (_: null, act) => ok(client.DELETE('/assess/bulletins/{id}', { ...act(), params: { path: { id: b.id }, query: { version: b.version } } })),
    confirm: () => ({ title: t('gazette.drop_ask', { title: b.title }), ok: t('app.delete'), danger: true }),
    after: () => { void navigate({ to: '/assess/bulletins', replace: true }) },
  })
  return (
    <>
      <Button loading={issue.busy} onClick={() => { issue.go(null) }}>{t('gazette.issue')}</Button>
      <Button danger type="text" icon={<DeleteOutlined />} loading={drop.busy} onClick={() => { drop.go(null) }}>{t('app.delete')}</Button>
    </>
  )
}
