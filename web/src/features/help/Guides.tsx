import { useQuery } from '@tanstack/react-query'
import { Link, useRouterState } from '@tanstack/react-router'
import { Input } from 'antd'
import { outlines } from '@/help/load'
import type { Outline } from '@/help/outline'
import { GUIDES, type GuideGroup, type HelpPage, helpRoot } from '@/help/pages'
import { currentLocale, t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { matching } from './search'
import '@/help/help.css'

/** All guides, and a search through their titles and headings. */
export function Guides() {
  const [search, set] = useAddress()
  const locale = currentLocale()
  const query = useQuery({ queryKey: ['guides', locale], queryFn: () => outlines(locale), staleTime: Infinity })
  const q = search.q ?? ''
  return (
    <Page name={t('help.title')} help="start">
      <div className="filters">
        <Input.Search className="grow" allowClear defaultValue={q} placeholder={t('help.search_ph')} aria-label={t('help.search')}
          onChange={(e) => { set({ q: e.target.value }) }} onSearch={(text) => { set({ q: text }) }} />
      </div>
      <Loaded query={query}>
        {(all) => {
          const found = matching(all, q)
          return found.size === 0
            ? <section className="panel"><Nothing text={t('help.empty')} /></section>
            : <div className="stack-wide">{(Object.keys(GUIDES) as GuideGroup[]).map((g) => <Group key={g} group={g} found={found} searched={q !== ''} />)}</div>
        }}
      </Loaded>
    </Page>
  )
}

function Group({ group, found, searched }: { group: GuideGroup; found: Map<HelpPage, Outline>; searched: boolean }) {
  const root = useRouterState({ select: (s) => helpRoot(s.location.pathname) })
  const guides = GUIDES[group].flatMap((p) => found.get(p) ?? [])
  if (guides.length === 0) return null
  return (
    <section className="panel">
      <h2>{t(`help.group.${group}`)}</h2>
      <ul className="guide-list">
        {guides.map((o) => (
          <li key={o.page}>
            <Link to={`${root}/$page`} params={{ page: o.page }}>{o.title}</Link>
            <p>{o.lead}</p>
            {searched && o.heads.length > 0 && (
              <ul>{o.heads.map((h) => <li key={h.at}><Link to={`${root}/$page`} params={{ page: o.page }} hash={h.at}>{h.text}</Link></li>)}</ul>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
