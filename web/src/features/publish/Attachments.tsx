import { DeleteOutlined, UploadOutlined } from '@ant-design/icons'
import { Button, Form, Input, Progress, Upload } from 'antd'
import { useState } from 'react'
import { ActionKeys } from '@/api/action-key'
import { client, ok, putBytes } from '@/api/client'
import { asProblem, problemText } from '@/api/problem'
import type { Attachment, Item } from '@/api/types'
import { FileName } from '@/features/preview/FileName'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { bytes } from '@/ui/format'
import { useAction } from '@/ui/useAction'
import { send, type Wire } from './upload'

interface Props { item: Item; before: () => Promise<void>; version: () => number; changed: (item: Item) => void }

/** The files of a draft: each with a name and a summary (R009). */
export function Attachments({ item, before, version, changed }: Props) {
  const [files, setFiles] = useState<{ key: string; file: File }[]>([])
  const drop = (key: string) => { setFiles((list) => list.filter((f) => f.key !== key)) }
  const remove = useAction({
    run: async (a: Attachment, act) => {
      await before()
      return ok(client.DELETE('/publish/items/{id}/attachments/{attachment}', {
        ...act(), params: { path: { id: item.id, attachment: a.id }, query: { version: version() } },
      }))
    },
    done: (_, a) => t('attach.removed', { name: a.name }),
    confirm: (a) => ({ title: t('attach.remove_ask', { name: a.name }), ok: t('app.delete'), danger: true }),
    after: changed,
  })
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('attach.title')}</h2>
        <Upload multiple showUploadList={false} beforeUpload={(file) => {
          setFiles((list) => [...list, { key: file.uid, file }])
          return false
        }}>
          <Button size="small" icon={<UploadOutlined />}>{t('attach.add')}</Button>
        </Upload>
      </div>
      <ul className="lines">
        {item.attachments.map((a) => (
          <li key={a.id}>
            <FileName file={a} of={{ kind: 'item', id: item.id }} />
            <Button type="text" size="small" danger icon={<DeleteOutlined />} aria-label={t('attach.remove', { name: a.name })} loading={remove.busy} onClick={() => { remove.go(a) }} />
          </li>
        ))}
      </ul>
      {item.attachments.length === 0 && files.length === 0 && <p className="quiet">{t('attach.none')}</p>}
      {files.map(({ key, file }) => (
        <Incoming key={key} item={item} file={file} before={before} added={(next) => { drop(key); changed(next) }} drop={() => { drop(key) }} />
      ))}
    </section>
  )
}

// Sends at once while the person still writes name and summary.
function Incoming({ item, file, before, added, drop }: {
  item: Item; file: File; before: () => Promise<void>; added: (item: Item) => void; drop: () => void
}) {
  const [form] = Form.useForm<{ name: string; summary: string }>()
  const [sent, setSent] = useState(0)
  const [problem, setProblem] = useState<string>()
  const [job, setJob] = useState(() => begin(file, setSent, setProblem))
  const retry = () => {
    setProblem(undefined)
    setJob(begin(file, setSent, setProblem))
  }
  const add = useAction({
    form,
    run: async (v: { name: string; summary: string }, act) => {
      const upload_id = await job
      await before()
      return ok(client.POST('/publish/items/{id}/attachments', { ...act(), params: { path: { id: item.id } }, body: { upload_id, name: v.name, summary: v.summary } }))
    },
    done: (_, v) => t('attach.added', { name: v.name }),
    after: added,
  })
  const percent = file.size ? Math.floor((sent / file.size) * 100) : 0
  return (
    <Form form={form} component="div" layout="vertical" onFinish={add.go} className="card" initialValues={{ name: [...file.name.replace(/\.[^.]+$/, '')].slice(0, 80).join(''), summary: '' }}>
      <div className="row-between"><span className="clip">{file.name}</span><small className="quiet">{bytes(file.size)}</small></div>
      <Progress percent={percent} size="small" status={problem ? 'exception' : undefined} aria-label={t('attach.progress', { name: file.name })} />
      {problem && <p className="red" role="alert">{problem} <Button size="small" onClick={retry}>{t('attach.resume')}</Button></p>}
      <Form.Item name="name" label={t('attach.name')} rules={[required(t('attach.name'))]}><Input maxLength={80} /></Form.Item>
      <Form.Item name="summary" label={t('attach.summary')} rules={[required(t('attach.summary'))]}><Input.TextArea rows={2} maxLength={200} placeholder={t('attach.summary_ph')} /></Form.Item>
      <div className="row">
        <Button type="primary" size="small" disabled={Boolean(problem)} loading={add.busy} onClick={() => { form.submit() }}>{t('attach.attach')}</Button>
        <Button size="small" onClick={drop}>{t('app.cancel')}</Button>
      </div>
    </Form>
  )
}

const unfinished = new WeakMap<File, string>()

// A second attempt at the same file goes on with the upload that it has begun.
export function begin(file: File, done: (n: number) => void, failed: (text: string) => void): Promise<string> {
  const keys = new ActionKeys()
  const wire: Wire = {
    start: async (name, size) => {
      const id = unfinished.get(file)
      const known = id ? await ok(client.GET('/attachment/uploads/{id}', { params: { path: { id } } })) : undefined
      if (known?.state === 'open') return { id: known.id, offset: known.offset, chunk_size: 4 << 20 }
      const begun = await ok(client.POST('/attachment/uploads', { ...keys.act(name)(), body: { name, size } }))
      unfinished.set(file, begun.id)
      return begun
    },
    put: (id, offset, blob) => putBytes(id, offset, blob, crypto.randomUUID()),
    look: (id) => ok(client.GET('/attachment/uploads/{id}', { params: { path: { id } } })),
  }
  const job = send(file, wire, done)
  job.catch((err: unknown) => { failed(problemText(asProblem(err))) })
  return job
}
