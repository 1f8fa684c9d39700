import { useQuery } from '@tanstack/react-query'
import { Link, useParams, useRouter, useRouterState } from '@tanstack/react-router'
import { Skeleton } from 'antd'
import { Suspense } from 'react'
import { Lost } from '@/app/Fallback'
import Guide from '@/help/Guide'
import { outlines } from '@/help/load'
import type { Outline } from '@/help/outline'
import { GUIDES, type HelpPage, helpRoot, isGuide } from '@/help/pages'
import { currentLocale, t } from '@/i18n'
import { Page } from '@/ui/Page'

/** One guide with its headings and its neighbours. */
export function GuidePage() {
  const { page } = useParams({ strict: false }) as { page: string }
  return isGuide(page) ? <Known page={page} /> : <Lost />
}

function Known({ page }: { page: HelpPage }) {
  const router = useRouter()
  const { root, at } = useRouterState({ select: (s) => ({ root: helpRoot(s.location.pathname), at: s.location.hash || undefined }), structuralSharing: true })
  const locale = currentLocale()
  const list = useQuery({ queryKey: ['guides', locale], queryFn: () => outlines(locale), staleTime: Infinity }).data
  const group = Object.values(GUIDES).find((g) => (g as readonly string[]).includes(page)) as readonly HelpPage[] | undefined
  return (
    <Page name={t('help.title')} title={list?.get(page)?.title ?? t('help.title')} back extra={<Link to={root}>{t('help.all')}</Link>}>
      <div className="guide-page">
        <article className="panel">
          <Suspense fallback={<Skeleton active paragraph={{ rows: 12 }} />}>
            <Guide key={page} page={page} at={at} root={root} untitled open={(ref) => { router.history.push(`${root}/${ref}`) }} />
          </Suspense>
        </article>
        {list && <Side page={page} root={root} heads={list.get(page)?.heads ?? []} others={(group ?? []).flatMap((p) => list.get(p) ?? [])} />}
      </div>
    </Page>
  )
}

function Side({ page, root, heads, others }: { page: HelpPage; root: ReturnType<typeof helpRoot>; heads: Outline['heads']; others: Outline[] }) {
  return (
    <aside className="guide-side stack-wide">
      <nav className="panel wide-only" aria-label={t('help.on_page')}>
        <h2>{t('help.on_page')}</h2>
        {heads.map((h) => <Link key={h.at} to={`${root}/$page`} params={{ page }} hash={h.at} activeOptions={{ includeHash: true }}>{h.text}</Link>)}
      </nav>
      <nav className="panel" aria-label={t('help.more')}>
        <h2>{t('help.more')}</h2>
        {others.map((o) => <Link key={o.page} to={`${root}/$page`} params={{ page: o.page }} aria-current={o.page === page ? 'page' : undefined}>{o.title}</Link>)}
      </nav>
    </aside>
  )
}
