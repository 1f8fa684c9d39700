import './words.css'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Modal, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { ItemWords as Words, WordText } from '@/api/types'
import { COLOR } from '@/features/wordcheck/data'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { pieces } from './marks'

/** What the dictionary says of an item now. before lets what is being typed arrive first. */
export function useWords(id: string, on: boolean, before?: () => Promise<void>) {
  return useQuery({
    queryKey: ['item', id, 'words'], enabled: on, staleTime: 0, gcTime: 0, refetchOnWindowFocus: false,
    queryFn: async ({ signal }) => {
      await before?.()
      return ok(client.GET('/publish/items/{id}/words', { signal, params: { path: { id } } }))
    },
  })
}

// How much of the text stands around a word that was found.
const AROUND = 18

type Hit = WordText['hits'][number]

function Excerpt({ text, hit }: { text: string; hit: Hit }) {
  const all = Array.from(text)
  const from = Math.max(0, hit.from - AROUND)
  const to = Math.min(all.length, hit.to + AROUND)
  const shown = pieces(all.slice(from, to).join(''), [{ from: hit.from - from, to: hit.to - from }])
  return (
    <q className="word-excerpt">
      {from > 0 && '…'}{shown.map((p, i) => (p.marked ? <mark key={i} className={`word-${hit.level}`}>{p.text}</mark> : <span key={i}>{p.text}</span>))}{to < all.length && '…'}
    </q>
  )
}

/** The words found, each where it stands and with what to write instead (R031). */
export function WordList({ words }: { words: Words }) {
  if (words.texts.length === 0) return <Alert type="success" showIcon title={t('words.none')} />
  return (
    <>
      <Alert type={words.blocks > 0 ? 'error' : words.warns > 0 ? 'warning' : 'info'} showIcon className="gap-below"
        title={t('words.found', { blocks: words.blocks, warns: words.warns, hints: words.hints })} />
      <ul className="word-hits">
        {words.texts.flatMap((x, i) => x.hits.map((h) => (
          <li key={`${String(i)} ${String(h.from)}`}>
            <div className="row">
              <Tag color={COLOR[h.level] ?? ''}>{t(`wordcheck.level.${h.level as 'warn'}`)}</Tag>
              <span className="quiet">{t(`words.part.${x.part as 'title'}`)}</span>
            </div>
            <Excerpt text={x.text} hit={h} />
            {h.advice && <div>{t('words.advice', { text: h.advice })}</div>}
          </li>
        )))}
      </ul>
    </>
  )
}

/** Looks the words up while one writes. */
export function WordsButton({ id, before }: { id: string; before: () => Promise<void> }) {
  const [open, setOpen] = useState(false)
  const query = useWords(id, open, before)
  return (
    <>
      <Button onClick={() => { setOpen(true) }}>{t('words.check')}</Button>
      <Modal open={open} title={t('words.check')} footer={null} onCancel={() => { setOpen(false) }} destroyOnHidden width={640}>
        <Loaded query={query}>{(w) => <WordList words={w} />}</Loaded>
      </Modal>
    </>
  )
}

/** The same words for those who review: nothing if nothing was found. */
export function WordsSeen({ id }: { id: string }) {
  const query = useWords(id, true)
  if (!query.data || query.data.texts.length === 0) return null
  return (
    <section>
      <h2 className="section">{t('words.check')}</h2>
      <WordList words={query.data} />
    </section>
  )
}
