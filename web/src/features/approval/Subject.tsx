import { useQuery } from '@tanstack/react-query'
import { type ComponentType, lazy, Suspense } from 'react'
import { Link } from '@tanstack/react-router'
import { FileName } from '@/features/preview/FileName'
import { itemQuery } from '@/features/publish/data'
import { WordsSeen } from '@/features/publish/ItemWords'
import { Superseded } from '@/features/publish/Superseded'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { RichText } from '@/ui/RichText'

const SinceReturned = lazy(() => import('@/features/publish/SinceReturned'))

// What other features have decided shows itself, by the kind of its case.
const OTHERS: Record<string, ComponentType<{ id: string }>> = {
  'staff.account': lazy(() => import('@/features/staff/RequestSubject')),
  'access.request': lazy(() => import('@/features/access/RequestSubject')),
}

/** Whether what is decided on is an item, with a text of its own and revisions. */
export const isItem = (kind: string) => kind === 'publish.item'

/** What is being decided, without a click (UI6). */
export function Subject({ kind, id, title }: { kind: string; id: string; title: string }) {
  const Other = OTHERS[kind]
  if (isItem(kind)) return <ItemSubject id={id} />
  return <article className="panel">{Other ? <Suspense><Other id={id} /></Suspense> : <h2>{title}</h2>}</article>
}

// An item's text and attachments.
function ItemSubject({ id }: { id: string }) {
  const query = useQuery(itemQuery(id))
  return (
    <article className="panel">
      <Loaded query={query}>
        {(item) => (
          <>
            <Superseded item={item} />
            <h2 className="paper-title">{item.title}</h2>
            <div className="paper-meta">
              <span>{item.column_name}</span><span>{t(`item.kind.${item.kind}`)}</span>
              <span>{t('item.drafter_is', { name: item.drafter.name })}</span>{item.editor && <span>{t('item.editor_is', { name: item.editor.name })}</span>}
              <Link to="/publish/items/$id" params={{ id }}>{t('item.open')}</Link>
            </div>
            <RichText html={item.body_html} />
            <WordsSeen id={id} />
            <h2 className="section">{t('attach.title')}</h2>
            {item.attachments.length === 0 && <p className="quiet">{t('attach.none')}</p>}
            <ul className="lines">
              {item.attachments.map((a) => <li key={a.id}><FileName file={a} of={{ kind: 'item', id }} /></li>)}
            </ul>
          </>
        )}
      </Loaded>
    </article>
  )
}

/** What has changed since it was returned, if it comes back. */
export function Since({ id }: { id: string }) {
  const item = useQuery(itemQuery(id)).data
  return item?.revisions && item.revision > 1 ? <Suspense><SinceReturned item={item} /></Suspense> : null
}
