import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { client, ok } from '@/api/client'
import type { Desktop as Data } from '@/api/types'
import { useCan, useMe } from '@/app/session'
import { useCounts } from '@/app/shell/counts'
import { Due } from '@/features/approval/Due'
import { t, tOr } from '@/i18n'
import { dateTime, day } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { noticeText } from './notice-text'

/** 我的办公桌: what waits for me, what is new, what I have under way. */
export function Desktop() {
  const me = useMe()
  const query = useQuery({ queryKey: ['desktop'], queryFn: ({ signal }) => ok(client.GET('/portal/desktop', { signal })) })
  return (
    <Page help="desktop" name={t('nav.desktop')} title={t('desk.hello', { name: me.member.name })} extra={<QuickStart />}>
      <Loaded query={query}>
        {(d) => (
          <>
            <Tiles counts={d.counts} />
            <div className="desk">
              <div className="stack-wide"><Todo tasks={d.todo} /><Reading items={d.reading} /><Mine items={d.mine} /></div>
              <div className="stack-wide"><Notices list={d.notices} /><Columns list={d.columns} /></div>
            </div>
          </>
        )}
      </Loaded>
    </Page>
  )
}

function QuickStart() {
  const can = useCan()
  return (
    <>
      {can('exchange.receive') && <Link to="/exchange/inbox" search={{ state: 'sent' }}><Button>{t('desk.receive')}</Button></Link>}
      {can('assess.manage', 'assess.view') && <Link to="/assess"><Button>{t('nav.assess_door')}</Button></Link>}
      {can('publish.draft') && <Link to="/publish/mine"><Button>{t('nav.mine')}</Button></Link>}
    </>
  )
}

function Tiles({ counts }: { counts: Data['counts'] }) {
  const can = useCan()
  const { boxes } = useCounts()
  const tile = (to: string, n: number, label: string, search: Record<string, string> = {}) => (
    <Link to={to} search={search} className="tile"><b>{n}</b><span>{label}</span></Link>
  )
  return (
    <nav className="tiles" aria-label={t('desk.counts')}>
      {tile('/approval', counts.todo, t('approval.tab.todo'))}
      {tile('/publish/reading', counts.unread, t('desk.to_read'), { unread: '1' })}
      {can('publish.publish') && tile('/publish/to-publish', counts.approved, t('nav.to_publish'))}
      {can('exchange.receive') && tile('/exchange/inbox', counts.inbox, t('envelope.waiting'), { state: 'sent' })}
      {boxes?.waiting.map((w) => <Link key={w.code} to={w.href} className="tile"><b>{w.n}</b><span>{tOr(`waiting.${w.code}`, w.code)}</span></Link>)}
    </nav>
  )
}

function Panel({ title, to, search, empty, children }: { title: string; to?: string; search?: Record<string, string>; empty: string | false; children: ReactNode }) {
  return (
    <section className="panel">
      <div className="panel-head"><h2>{title}</h2>{to && <Link to={to} search={search ?? {}}>{t('desk.all')}</Link>}</div>
      {empty ? <p className="quiet">{empty}</p> : <ul className="lines">{children}</ul>}
    </section>
  )
}

function Todo({ tasks }: { tasks: Data['todo'] }) {
  return (
    <Panel title={t('approval.tab.todo')} to="/approval" empty={tasks.length === 0 && t('approval.empty.todo')}>
      {tasks.map((x) => (
        <li key={x.id}>
          <span className="grow">
            <Link className="title" to="/approval/tasks/$id" params={{ id: x.id }}>{x.title}</Link>
            <div className="quiet">{x.step_name} · {x.started_by.name}</div>
          </span>
          <Due task={x} />
        </li>
      ))}
    </Panel>
  )
}

function Reading({ items }: { items: Data['mine'] }) {
  return (
    <Panel title={t('desk.latest')} to="/publish/reading" empty={items.length === 0 && t('item.empty_reading')}>
      {items.map((x) => (
        <li key={x.id}>
          <Link className={x.read ? 'title grow' : 'title grow unread-dot'} to="/publish/items/$id" params={{ id: x.id }}>{x.title}</Link>
          <span className="when">{x.column_name}</span><time>{day(x.published_at)}</time>
        </li>
      ))}
    </Panel>
  )
}

function Mine({ items }: { items: Data['mine'] }) {
  const draft = useCan()('publish.draft')
  if (!draft) return null
  return (
    <Panel title={t('nav.mine')} to="/publish/mine" empty={items.length === 0 && t('item.empty_mine')}>
      {items.map((x) => (
        <li key={x.id}>
          <Link className="title grow" to="/publish/items/$id" params={{ id: x.id }}>{x.title || t('item.untitled')}</Link>
          <span className="when">{t(`item.state.${x.state}`)}</span><time>{day(x.created_at)}</time>
        </li>
      ))}
    </Panel>
  )
}

function Notices({ list }: { list: Data['notices'] }) {
  return (
    <Panel title={t('notice.title')} to="/notices" empty={list.length === 0 && t('notice.none')}>
      {list.map((n) => (
        <li key={n.id}><HrefLink href={n.href} className={n.read_at ? 'title grow' : 'title grow unread-dot'}>{noticeText(n)}</HrefLink><time>{dateTime(n.at).slice(5)}</time></li>
      ))}
    </Panel>
  )
}

function Columns({ list }: { list: Data['columns'] }) {
  return (
    <Panel title={t('desk.columns')} to="/publish/columns" empty={list.length === 0 && t('column.empty')}>
      {list.slice(0, 10).map((c) => (
        <li key={c.id}>
          <Link className="title grow" to="/publish/columns/$id" params={{ id: c.id }}>{c.name}</Link>
          {c.unread > 0 && <span className="when">{t('column.unread', { n: c.unread })}</span>}
          <time>{c.last_published_at ? day(c.last_published_at) : t('column.never')}</time>
        </li>
      ))}
    </Panel>
  )
}
