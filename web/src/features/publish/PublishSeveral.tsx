import { useQueryClient } from '@tanstack/react-query'
import { Button, Modal, Progress, Tag } from 'antd'
import { useRef, useState } from 'react'
import { type Act, ActionKeys } from '@/api/action-key'
import { client, ok } from '@/api/client'
import { ApiError, asProblem, problemText } from '@/api/problem'
import type { ItemRow } from '@/api/types'
import { t } from '@/i18n'

type Outcome = 'running' | 'done' | { why: string }

interface Props {
  rows: ItemRow[]
  /** Called with those that are not published. */
  close: (left: ItemRow[]) => void
}

/** Publishes several items one by one, each its own request, and says of each what became of it (UI2, UI4). */
export default function PublishSeveral({ rows, close }: Props) {
  const queries = useQueryClient()
  const acts = useRef(new Map<string, Act>())
  const [outcomes, setOutcomes] = useState<Record<string, Outcome>>({})
  const [busy, setBusy] = useState(false)
  const left = rows.filter((r) => outcomes[r.id] !== 'done')
  const tried = Object.keys(outcomes).length > 0
  const note = (id: string, o: Outcome) => { setOutcomes((old) => ({ ...old, [id]: o })) }

  const publish = async (r: ItemRow) => {
    const act = acts.current.get(r.id) ?? new ActionKeys().act(null)
    acts.current.set(r.id, act) // an answer that was lost is asked for again, not done again
    note(r.id, 'running')
    try {
      await ok(client.POST('/publish/items/{id}/publish', { ...act(), params: { path: { id: r.id } }, body: { version: r.version } }))
      note(r.id, 'done')
    } catch (err) {
      if (err instanceof ApiError && !err.unsure) acts.current.delete(r.id)
      note(r.id, { why: problemText(asProblem(err)) })
    }
  }
  const go = async () => {
    setBusy(true)
    for (const r of left) await publish(r)
    setBusy(false)
    void queries.invalidateQueries()
  }
  const done = rows.length - left.length
  return (
    <Modal open title={tried ? t('batch.publish') : t('batch.publish_ask', { n: rows.length })} mask={{ closable: false }} closable={!busy} onCancel={() => { close(left) }} footer={
      <>
        <Button disabled={busy} onClick={() => { close(left) }}>{t(tried ? 'app.close' : 'app.cancel')}</Button>
        {left.length > 0 && <Button type="primary" loading={busy} onClick={() => void go()}>{t(tried ? 'app.retry' : 'batch.publish')}</Button>}
      </>
    }>
      {tried && <Progress percent={Math.round((done / rows.length) * 100)} format={() => `${done}/${rows.length}`} status={busy ? 'active' : left.length > 0 ? 'exception' : 'success'} aria-label={t('batch.published_of', { done, n: rows.length })} />}
      <p role="status" className="quiet">{tried ? t('batch.published_of', { done, n: rows.length }) : t('batch.one_by_one')}</p>
      <ul className="lines" aria-label={t('item.list')}>
        {rows.map((r) => <li key={r.id}><span className="grow">{r.title}<div className="quiet">{r.column_name}</div></span><Became outcome={outcomes[r.id]} /></li>)}
      </ul>
    </Modal>
  )
}

function Became({ outcome }: { outcome?: Outcome }) {
  if (!outcome) return <Tag>{t('item.state.approved')}</Tag>
  if (outcome === 'running') return <Tag color="processing">{t('batch.publishing')}</Tag>
  if (outcome === 'done') return <Tag color="success">{t('item.state.published')}</Tag>
  return <span className="red" role="alert">{outcome.why}</span>
}
