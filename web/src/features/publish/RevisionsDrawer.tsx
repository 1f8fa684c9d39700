import { Button, Drawer, Radio, Segmented, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Item, RevisionRow } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { RichText } from '@/ui/RichText'
import { useAction } from '@/ui/useAction'
import { useNarrow } from '@/ui/useNarrow'
import { DiffView, fieldName } from './DiffView'
import { useChanges, useRevisions, useRevisionText } from './revisions'

/** What an item has been: each revision with who wrote it and when, compared with any other, and brought back (R156). */
export function RevisionsDrawer({ item, look, close, restored, since }: { item: Item; look?: boolean; close: () => void; restored?: (item: Item) => void; since?: number }) {
  const query = useRevisions(item.id)
  const rows = query.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <Drawer open onClose={close} size={1080} title={t('revision.title')} destroyOnHidden>
      <Loaded query={query}>
        {() => <Chosen item={item} look={look} rows={rows} since={since} close={close} restored={restored}
          more={query.hasNextPage && <Button size="small" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{t('revision.more')}</Button>} />}
      </Loaded>
    </Drawer>
  )
}

function Chosen({ item, look, rows, since, close, restored, more }: {
  item: Item; look?: boolean; rows: RevisionRow[]; since?: number; close: () => void; restored?: (item: Item) => void; more: React.ReactNode
}) {
  const narrow = useNarrow()
  const [picked, setNumber] = useState<number>()
  const number = picked ?? rows[0]?.number ?? item.revision // what is known at first may be older than what is there
  const [other, setOther] = useState(since)
  const [way, setWay] = useState<'changes' | 'text'>('changes')
  const at = rows.findIndex((r) => r.number === number)
  const row = rows[at]
  const first = at === rows.length - 1 && !more
  const against = other !== undefined && other !== number ? other : rows[at + 1]?.number ?? (first ? undefined : number - 1)
  const pick = (n: number) => { setNumber(n); setOther(undefined) }
  return (
    <div className="revisions">
      <nav className="revisions-list" aria-label={t('revision.title')}>
        {narrow
          ? <Select style={{ width: '100%' }} value={number} aria-label={t('revision.title')} onChange={pick} options={rows.map((r) => ({ value: r.number, label: `${nth(r)} · ${r.author.name} · ${dateTime(r.saved_at)}` }))} />
          : <Radio.Group value={number} onChange={(e) => { pick(Number(e.target.value)) }}>{rows.map((r) => <Radio key={r.number} value={r.number}><About row={r} /></Radio>)}</Radio.Group>}
        {more}
      </nav>
      <div>
        <div className="revisions-bar">
          <Segmented value={way} onChange={setWay} aria-label={t('revision.way')} options={(['changes', 'text'] as const).map((w) => ({ value: w, label: t(`revision.way.${w}`) }))} />
          {way === 'changes' && rows.length > 1 && (
            <Select style={{ minWidth: 150 }} value={against} aria-label={t('revision.against')} placeholder={t('revision.against')} onChange={setOther}
              options={rows.filter((r) => r.number !== number).map((r) => ({ value: r.number, label: t('revision.against_n', { n: r.number }) }))} />
          )}
          {row && !row.current && !look && item.may.includes('edit') && <Restore item={item} row={row} done={(now) => { close(); restored?.(now) }} />}
        </div>
        {narrow && row && <p className="quiet"><About row={row} /></p>}
        {way === 'text' || against === undefined ? <Text item={item} number={number} first={way === 'changes'} /> : <Changes item={item} since={against} number={number} />}
      </div>
    </div>
  )
}

const nth = (r: RevisionRow) => t('revision.nth', { n: r.number })
const OUTCOME = { open: 'processing', approved: 'success', returned: 'error', withdrawn: 'default', void: 'default' } as const

function About({ row: r }: { row: RevisionRow }) {
  return (
    <span>
      <strong>{nth(r)}</strong> {r.current && <Tag color="blue">{t('revision.current')}</Tag>}
      {r.outcome !== 'none' && <Tag color={OUTCOME[r.outcome]}>{t(`revision.outcome.${r.outcome}`)}</Tag>}
      <small>{r.author.name} · {dateTime(r.saved_at)}</small>
      {r.restored_from !== null && <small>{t('revision.restored_from', { n: r.restored_from })}</small>}
      {r.fields.length > 0 && <small>{t('revision.changed', { fields: r.fields.map(fieldName).join(t('revision.and')) })}</small>}
    </span>
  )
}

function Changes({ item, since, number }: { item: Item; since: number; number: number }) {
  return <Loaded query={useChanges(item.id, since, number, item.version)}>{(c) => <DiffView changes={c} />}</Loaded>
}

function Text({ item, number, first }: { item: Item; number: number; first: boolean }) {
  const query = useRevisionText(item.id, number, item.version)
  return (
    <Loaded query={query}>
      {(v) => (
        <article>
          {first && <p className="quiet">{t('revision.first')}</p>}
          <h3 className="diff-title">{v.title}</h3>
          <RichText html={v.body_html} />
          {v.attachments.length > 0 && <p className="quiet">{t('revision.files', { names: v.attachments.map((a) => (a.gone ? t('revision.file_gone', { name: a.name }) : a.name)).join(t('revision.and')) })}</p>}
        </article>
      )}
    </Loaded>
  )
}

function Restore({ item, row, done }: { item: Item; row: RevisionRow; done: (item: Item) => void }) {
  const restore = useAction({
    run: (_: null, act) => ok(client.POST('/publish/items/{id}/revisions/{number}/restore', { ...act(), params: { path: { id: item.id, number: row.number } }, body: { version: item.version } })),
    confirm: () => ({ title: t('revision.restore_ask', { n: row.number }), content: t(item.state === 'draft' ? 'revision.restore_hint' : 'revision.restore_hint_review', { n: row.number }), ok: t('revision.restore') }),
    done: () => t('revision.restored', { n: row.number }),
    after: done,
  })
  return <Button loading={restore.busy} onClick={() => { restore.go(null) }}>{t('revision.restore')}</Button>
}
