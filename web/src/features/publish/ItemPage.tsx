import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert, Tag } from 'antd'
import { lazy, Suspense, useEffect } from 'react'
import { client, ok } from '@/api/client'
import type { Item } from '@/api/types'
import { FileName } from '@/features/preview/FileName'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { RichText } from '@/ui/RichText'
import { itemQuery } from './data'
import { CoverFigure, ItemFacts, ItemNotes } from './ItemFacts'
import { ItemActions } from './ItemActions'
import { StateTag } from './ItemTable'
import { Superseded } from './Superseded'

const ItemReading = lazy(() => import('./ItemReading'))
const ItemOffline = lazy(() => import('./ItemOffline'))

/** One item with the people who answer for it (R020). */
export function ItemPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery(itemQuery(id))
  useMarkRead(query.data)
  return (
    <Page help="reading#item" name={t('item.page')} width="narrow" back title={query.data?.column_name ?? t('item.page')} extra={query.data && <ItemActions item={query.data} />}>
      <Loaded query={query}>{(item) => <><Paper item={item} />{!item.superseded && <Suspense><ItemOffline item={item} /></Suspense>}{item.published_at && !item.superseded && <Suspense><ItemReading item={item} /></Suspense>}</>}</Loaded>
    </Page>
  )
}

function useMarkRead(item: Item | undefined) {
  const queries = useQueryClient()
  const id = item && item.state === 'published' && !item.read ? item.id : undefined
  useEffect(() => {
    if (!id) return
    ok(client.POST('/publish/items/{id}/read', { params: { path: { id } } })).then(
      () => {
        for (const key of ['counts', 'items', 'columns', 'desktop']) void queries.invalidateQueries({ queryKey: [key] })
      },
      () => undefined, // reading goes on; it stays unread
    )
  }, [id, queries])
}

function Paper({ item }: { item: Item }) {
  return (
    <article className="panel">
      <Superseded item={item} />
      <ItemNotes item={item} />
      {item.state === 'withdrawn' && (
        <Alert type="error" showIcon className="gap-below" title={t('item.withdrawn_at', { at: dateTime(item.withdrawn_at) })} description={item.withdraw_reason} />
      )}
      <h2 className="paper-title">{item.title || t('item.untitled')}</h2>
      <div className="paper-meta">
        <span>{item.department_name}</span>
        <span>{t(`item.kind.${item.kind}`)}</span>
        {item.source && <span>{t('item.source_is', { text: item.source })}</span>}
        <ItemFacts item={item} />
        <span>{item.published_at ? dateTime(item.published_at) : dateTime(item.created_at)}</span>
        {item.state === 'published' ? <span>{t('item.reads', { n: item.read_count })}</span> : <StateTag state={item.state} />}
      </div>
      <CoverFigure item={item} />
      <RichText html={item.body_html} />
      {item.attachments.length > 0 && (
        <section>
          <h2 className="section">{t('attach.title')}</h2>
          <ul className="lines">
            {item.attachments.map((a) => <li key={a.id}><FileName file={a} of={{ kind: 'item', id: item.id }} /></li>)}
          </ul>
        </section>
      )}
      <Named item={item} />
    </article>
  )
}

function Named({ item }: { item: Item }) {
  const reviewers = [...item.reviewers].sort((a, b) => a.level - b.level)
  return (
    <dl className="named" aria-label={t('item.named')}>
      <div><dt>{t('item.drafter')}</dt><dd>{item.drafter.name}</dd></div>
      {reviewers.map((r) => (
        <div key={`${r.level} ${r.id}`}>
          <dt>{r.step === 'sign' ? t('item.signer') : reviewers.filter((o) => o.step !== 'sign').length > 1 ? t('item.reviewer_n', { n: r.level }) : t('item.reviewer')}</dt>
          <dd title={dateTime(r.at)}>{r.name}</dd>
        </div>
      ))}
      {reviewers.length === 0 && <div><dt>{t('item.reviewer')}</dt><dd><Tag>{t('item.not_yet')}</Tag></dd></div>}
      <div><dt>{t('item.publisher')}</dt><dd>{item.publisher?.name ?? <Tag>{t('item.not_yet')}</Tag>}</dd></div>
      <div><dt>{t('item.editor')}</dt><dd>{item.editor?.name ?? t('app.none')}</dd></div>
    </dl>
  )
}
