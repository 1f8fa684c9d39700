import './cover.css'
import { PictureOutlined } from '@ant-design/icons'
import { Button, Dropdown, Form, Input, Progress, Upload } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Attachment, Item } from '@/api/types'
import { t } from '@/i18n'
import { required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { begin } from './Attachments'
import { coverHref, shrink } from './cover'

interface Props { item: Item; off: boolean; before: () => Promise<void>; version: () => number; changed: (item: Item) => void }

type Chosen = { file: File; name: string } | { attachment: Attachment; name: string }

/** The picture of a draft: an upload of its own, or one of its attachments. */
export function ItemCover({ item, off, before, version, changed }: Props) {
  const [chosen, choose] = useState<Chosen>()
  const pictures = item.attachments.filter((a) => a.type.startsWith('image/'))
  const path = { id: item.id }
  const drop = useAction({
    run: async (_: null, act) => {
      await before()
      return ok(client.DELETE('/publish/items/{id}/cover', { ...act(), params: { path, query: { version: version() } } }))
    },
    done: () => t('cover.dropped'), after: changed,
  })
  const taken = (next: Item) => {
    choose(undefined)
    changed(next)
  }
  return (
    <div className="cover-field">
      <div className="row-between">
        <span>{t('cover.title')}</span>
        <span className="row">
          <Upload accept="image/png,image/jpeg,image/gif,image/webp" showUploadList={false} disabled={off} beforeUpload={(file) => {
            choose({ file, name: item.title })
            return false
          }}><Button size="small" disabled={off} icon={<PictureOutlined />}>{t(item.cover ? 'cover.other' : 'cover.upload')}</Button></Upload>
          {pictures.length > 0 && (
            <Dropdown trigger={['click']} disabled={off} menu={{ items: pictures.map((a) => ({ key: a.id, label: a.name, onClick: () => { choose({ attachment: a, name: a.name }) } })) }}>
              <Button size="small">{t('cover.pick')}</Button>
            </Dropdown>
          )}
        </span>
      </div>
      {item.cover && !chosen && (
        <>
          <img key={item.cover.id} className="cover-shown" src={coverHref(item)} alt={item.cover.alt} />
          <div className="row-between">
            <span className="quiet">{t('cover.alt_is', { text: item.cover.alt })}</span>
            <Button type="text" size="small" danger disabled={off} loading={drop.busy} onClick={() => { drop.go(null) }}>{t('cover.drop')}</Button>
          </div>
        </>
      )}
      {!item.cover && !chosen && <p className="quiet">{t('cover.none')}</p>}
      {chosen && <Take key={chosen.name} item={item} chosen={chosen} before={before} version={version} taken={taken} close={() => { choose(undefined) }} />}
    </div>
  )
}

// What the picture shows has to be said before it is taken: a screen reader reads it, and the word check.
function Take({ item, chosen, before, version, taken, close }: {
  item: Item; chosen: Chosen; before: () => Promise<void>; version: () => number; taken: (item: Item) => void; close: () => void
}) {
  const [form] = Form.useForm<{ alt: string }>()
  const [sent, setSent] = useState(0)
  const [problem, setProblem] = useState<string>()
  const [job] = useState(() => ('file' in chosen ? shrink(chosen.file).then((small) => begin(small, (n) => { setSent(Math.floor((n / small.size) * 100)) }, setProblem)) : undefined))
  const take = useAction({
    form,
    run: async (v: { alt: string }, act) => {
      const from = 'attachment' in chosen ? { attachment_id: chosen.attachment.id } : job ? { upload_id: await job } : {}
      await before()
      return ok(client.PUT('/publish/items/{id}/cover', { ...act(), params: { path: { id: item.id } }, body: { alt: v.alt, version: version(), ...from } }))
    },
    done: () => t('cover.taken'), after: taken,
  })
  return (
    <Form form={form} component="div" layout="vertical" className="card" onFinish={take.go} initialValues={{ alt: chosen.name }}>
      {'file' in chosen && <Progress percent={sent} size="small" status={problem ? 'exception' : undefined} aria-label={t('attach.progress', { name: chosen.file.name })} />}
      {problem && <p className="red" role="alert">{problem}</p>}
      <Form.Item name="alt" label={t('cover.alt')} extra={t('cover.alt_hint')} rules={[required(t('cover.alt'))]}><Input maxLength={120} /></Form.Item>
      <div className="row">
        <Button type="primary" size="small" disabled={Boolean(problem)} loading={take.busy} onClick={() => { form.submit() }}>{t('cover.take')}</Button>
        <Button size="small" onClick={close}>{t('app.cancel')}</Button>
      </div>
    </Form>
  )
}
