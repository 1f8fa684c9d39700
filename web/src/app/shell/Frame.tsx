import { MenuOutlined } from '@ant-design/icons'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'
import { Alert, Badge, Button, Layout, Menu } from 'antd'
import { lazy, type ReactNode, Suspense, useState, useSyncExternalStore } from 'react'
import { t, withTexts } from '@/i18n'
import { useKeys } from '@/ui/useKeys'
import { useNarrow } from '@/ui/useNarrow'
import { Waiting } from '../Fallback'

const Drawer = lazy(() => import('antd/es/drawer'))
const KeyboardHelp = lazy(() => withTexts(import('./KeyboardHelp')))

/** A place one may go to. Only those one may open are given. */
export interface Place { to: string; label: string; icon?: ReactNode; count?: number }
export interface PlaceGroup { label: string; places: Place[] }

interface Props { brand: string; home: string; groups: PlaceGroup[]; head: ReactNode; banner?: ReactNode; children?: ReactNode }

/** The frame of a door: places on the left (in a drawer on a phone), head above, page in the middle. */
export function Frame({ brand, home, groups, head, banner, children }: Props) {
  const narrow = useNarrow()
  const [open, setOpen] = useState(false)
  const menu = <Places groups={groups} chosen={() => { setOpen(false) }} />
  return (
    <Layout className="shell">
      <a className="skip" href="#main">{t('app.skip')}</a>
      <Layout.Header className="shell-head">
        {narrow && <Button type="text" icon={<MenuOutlined />} aria-label={t('app.menu')} onClick={() => { setOpen(true) }} />}
        <Link to={home} className="shell-brand" aria-label={`${brand} ${t('app.home')}`}>
          <img src="/icon.svg" alt="" width={28} height={28} />{!narrow && brand}
        </Link>
        {head}
      </Layout.Header>
      <Layout>
        {narrow
          ? <Suspense>{open && <Drawer placement="left" size={280} open onClose={() => { setOpen(false) }} title={brand} styles={{ body: { padding: 8 } }}>{menu}</Drawer>}</Suspense>
          : <Layout.Sider width={208} theme="light" className="shell-side"><nav aria-label={t('app.menu')}>{menu}</nav></Layout.Sider>}
        <Layout.Content id="main" tabIndex={-1} className="shell-main" role="main">
          <Offline />
          {banner}
          <Suspense fallback={<Waiting />}><Outlet /></Suspense>
        </Layout.Content>
      </Layout>
      <Keys />
      {children}
    </Layout>
  )
}

// The list of keys, on `?`, at every door.
function Keys() {
  const [open, setOpen] = useState(false)
  useKeys({ '?': () => { setOpen(true) } })
  return open && <Suspense><KeyboardHelp close={() => { setOpen(false) }} /></Suspense>
}

const online = (f: () => void) => {
  window.addEventListener('online', f)
  window.addEventListener('offline', f)
  return () => {
    window.removeEventListener('online', f)
    window.removeEventListener('offline', f)
  }
}

// What is on the page may be old (UI1).
function Offline() {
  const here = useSyncExternalStore(online, () => navigator.onLine)
  return here ? null : <div role="status"><Alert className="gap-below no-print" type="warning" showIcon title={t('app.offline')} /></div>
}

function Places({ groups, chosen }: { groups: PlaceGroup[]; chosen: () => void }) {
  const path = useRouterState({ select: (s) => s.location.pathname })
  const all = groups.flatMap((g) => g.places.map((p) => p.to))
  const here = all
    .filter((to) => path === to || (to !== '/' && path.startsWith(`${to}/`)))
    .sort((a, b) => b.length - a.length)[0]
  const item = (p: Place) => ({
    key: p.to, icon: p.icon,
    label: (
      <Link to={p.to} className="row-between">
        <span>{p.label}</span>{p.count ? <Badge count={p.count} color="#1f5f99" overflowCount={999} size="small" /> : null}
      </Link>
    ),
  })
  return (
    <Menu mode="inline" selectedKeys={here ? [here] : []} onClick={chosen}
      items={groups.filter((g) => g.places.length > 0).map((g) => ({
        type: 'group' as const, key: g.label, label: g.label, children: g.places.map(item),
      }))} />
  )
}
