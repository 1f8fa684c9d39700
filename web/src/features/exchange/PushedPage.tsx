import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { Alert } from 'antd'
import { useEffect } from 'react'
import { client, ok } from '@/api/client'
import { FileName } from '@/features/preview/FileName'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { RichText } from '@/ui/RichText'
import { CarriedCover } from './CarriedCover'

/** What a unit above gave to read, with who answers for it there. */
export function PushedPage() {
  const { id } = useParams({ strict: false }) as { id: string }
  const query = useQuery({ queryKey: ['pushed-page', id], queryFn: ({ signal }) => ok(client.GET('/exchange/pushed/{id}', { signal, params: { path: { id } } })) })
  const queries = useQueryClient()
  const unread = query.data && !query.data.read ? id : undefined
  useEffect(() => {
    if (!unread) return
    ok(client.POST('/exchange/pushed/{id}/read', { params: { path: { id: unread } } })).then(
      () => { void queries.invalidateQueries({ queryKey: ['pushed'] }) },
      () => undefined, // reading goes on; it stays unread
    )
  }, [unread, queries])
  return (
    <Page help="reading#pushed" name={t('push.got')} title={query.data ? t('push.from_unit', { name: query.data.peer.name }) : t('push.got')} width="narrow" back>
      <Loaded query={query}>
        {(p) => (
          <article className="panel">
            {!p.valid && <Alert type="error" showIcon className="gap-below" title={t('push.broken')} />}
            <h2 className="paper-title">{p.title}</h2>
            <div className="paper-meta">
              <span>{p.peer.name}</span><span>{p.unit}</span>
              {p.source && <span>{t('item.source_is', { text: p.source })}</span>}
              {p.event_date && <span>{t('item.event_is', { day: p.event_date })}</span>}
              <span>{dateTime(p.published_at)}</span>
            </div>
            <CarriedCover of={p} at="pushed" />
            <RichText html={p.body_html} />
            {p.attachments_state !== 'ready' && <Alert type={p.attachments_state === 'failed' ? 'error' : 'info'} showIcon title={t(`exchange.files.${p.attachments_state}`)} />}
            {p.attachments.length > 0 && (
              <>
                <h2 className="section">{t('attach.title')}</h2>
                <ul className="lines">{p.attachments.map((a) => <li key={a.id}><FileName file={{ ...a, gone: false }} of={{ kind: 'pushed', id: p.id }} /></li>)}</ul>
              </>
            )}
            <dl className="named" aria-label={t('item.named')}>
              <div><dt>{t('item.drafter')}</dt><dd>{p.source_persons.drafter}</dd></div>
              <div><dt>{t('item.reviewer')}</dt><dd>{p.source_persons.reviewers.join('、')}</dd></div>
              <div><dt>{t('item.publisher')}</dt><dd>{p.source_persons.publisher}</dd></div>
            </dl>
          </article>
        )}
      </Loaded>
    </Page>
  )
}
