import { DeleteOutlined, LinkOutlined, UploadOutlined } from '@ant-design/icons'
import { Alert, Button, Input, Tag, Upload } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { client, ok } from '@/api/client'
import { begin } from '@/features/publish/Attachments'
import { t } from '@/i18n'
import { useAction } from '@/ui/useAction'
import { Files } from './Files'
import type { Answer, Evidence, Form, Line } from './types'

const PickDeed = lazy(() => import('./PickDeed'))

/** What points may look like. */
export const NUMBER = /^-?\d{1,6}(\.\d{1,4})?$/

/** One indicator of a self-assessment: points, words and evidence. Without set it is only shown. */
export function AnswerCard({ form, line, answer, set, bare }: { form: Form; line: Line; answer: Answer; set: ((a: Answer) => void) | undefined; bare: boolean }) {
  const points = answer.points ?? ''
  const wrong = points !== '' && !NUMBER.test(points)
  return (
    <section className="panel" id={`line-${line.code}`} data-line={line.code}>
      <div className="panel-head">
        <h2>{line.name} {line.heading && <Tag>{line.heading}</Tag>}</h2>
        {line.most && <span className="quiet">{t('review.most', { points: line.most })}</span>}
      </div>
      <div className="review-answer">
        <label>
          <span className="quiet">{t('review.self_points')}</span>
          {set
            ? <Input value={points} inputMode="decimal" status={wrong ? 'error' : ''} aria-invalid={wrong} placeholder={t('review.no_points')} onChange={(e) => { set({ ...answer, points: e.target.value.trim() || null }) }} />
            : <strong>{points || t('review.no_points')}</strong>}
          {wrong && <small className="red">{t('adjust.number')}</small>}
        </label>
        <label>
          <span className="quiet">{t('review.text')}</span>
          {set
            ? <Input.TextArea value={answer.text} autoSize={{ minRows: 2, maxRows: 8 }} maxLength={4000} placeholder={t('review.text_ph')} onChange={(e) => { set({ ...answer, text: e.target.value }) }} />
            : <span style={{ whiteSpace: 'pre-wrap' }}>{answer.text}</span>}
        </label>
      </div>
      {bare && <Alert type="error" showIcon title={t('error.review.evidence_missing')} className="gap-below" />}
      {set ? <Proofs form={form} line={line} answer={answer} set={set} /> : <Files of={answer.evidence} base={`/review/forms/${form.id}`} />}
    </section>
  )
}

// The evidence while it can still be changed.
function Proofs({ form, line, answer, set }: { form: Form; line: Line; answer: Answer; set: (a: Answer) => void }) {
  const [picking, setPicking] = useState(false)
  const add = (...all: Evidence[]) => { set({ ...answer, evidence: [...answer.evidence, ...all.filter((e) => !answer.evidence.some((x) => x.id === e.id))] }) }
  const attach = useAction({
    run: async (file: File, act) => {
      const upload_id = await begin(file, () => undefined, () => undefined)
      return ok(client.POST('/review/forms/{id}/files', { ...act(), params: { path: { id: form.id } }, body: { upload_id } }))
    },
    done: (e) => t('review.file_added', { name: e.name }),
    after: (e) => { add(e) },
  })
  return (
    <>
      {answer.evidence.length > 0 && (
        <ul className="lines">
          {answer.evidence.map((e) => (
            <li key={e.id}>
              <span className="grow"><Files of={[e]} base={`/review/forms/${form.id}`} /></span>
              <Button type="text" size="small" danger icon={<DeleteOutlined />} aria-label={t('review.remove', { name: e.name })} onClick={() => { set({ ...answer, evidence: answer.evidence.filter((x) => x.id !== e.id) }) }} />
            </li>
          ))}
        </ul>
      )}
      <div className="row">
        <Upload showUploadList={false} beforeUpload={(file) => { attach.go(file); return false }}>
          <Button size="small" icon={<UploadOutlined />} loading={attach.busy}>{t('review.add_file')}</Button>
        </Upload>
        <Button size="small" icon={<LinkOutlined />} onClick={() => { setPicking(true) }}>{t('review.add_deed')}</Button>
        <small className="quiet">{t('review.evidence_hint')}</small>
      </div>
      {picking && <Suspense><PickDeed form={form.id} line={line} close={() => { setPicking(false) }} add={add} /></Suspense>}
    </>
  )
}
