import {
  ApiOutlined, BellOutlined, DownOutlined, GlobalOutlined, KeyOutlined, LaptopOutlined, LogoutOutlined, PlusOutlined, QuestionCircleOutlined, SafetyOutlined, SearchOutlined, SyncOutlined, UserOutlined,
} from '@ant-design/icons'
import { useNavigate, useRouter } from '@tanstack/react-router'
import { Badge, Button, Dropdown, type InputRef } from 'antd'
import Input from 'antd/es/input/Input' // the box alone: the desktop page needs none of its relatives (UI11)
import { lazy, Suspense, useRef, useState } from 'react'
import { client, ok } from '@/api/client'
import { currentLocale, setLocale, t, withTexts } from '@/i18n'
import { helpRoot } from '@/help/pages'
import { useAction } from '@/ui/useAction'
import { useKeys } from '@/ui/useKeys'
import { useNarrow } from '@/ui/useNarrow'
import { enter, leave, useCan, useMe } from '../session'
import { useCounts } from './counts'

const Underway = lazy(() => withTexts(import('@/features/progress/Indicator')))

/** The head of the workplace and evaluation doors: where one is, search, quick create, notices, oneself. */
export function Head() {
  const narrow = useNarrow()
  return (
    <>
      <TenantSwitch />
      <div className="shell-space" />
      <SearchBox narrow={narrow} />
      <QuickCreate narrow={narrow} />
      <Suspense><Underway /></Suspense>
      <Bell />
      <PersonMenu narrow={narrow} />
    </>
  )
}

function TenantSwitch() {
  const me = useMe()
  const go = useAction({
    run: (id: string, act) => ok(client.POST('/org/switch', { ...act(), body: { tenant_id: id } })),
    after: (next) => {
      enter(next)
      window.location.assign('/')
    },
  })
  const others = me.tenants.filter((x) => !x.current)
  const name = <span className="clip" title={me.tenant.path.map((x) => x.name).join(' / ')}>{me.tenant.name}</span>
  if (others.length === 0) return <div className="tenant"><strong>{name}</strong></div>
  return (
    <Dropdown trigger={['click']} menu={{
      items: me.tenants.map((x) => ({ key: x.id, label: x.name, disabled: x.current })),
      onClick: ({ key }) => { go.go(key) },
    }}>
      <Button type="text" className="tenant" loading={go.busy} aria-label={t('shell.switch_tenant', { name: me.tenant.name })}>
        <strong>{name}</strong><DownOutlined />
      </Button>
    </Dropdown>
  )
}

function SearchBox({ narrow }: { narrow: boolean }) {
  const navigate = useNavigate()
  const box = useRef<InputRef>(null)
  const [text, setText] = useState('')
  const search = () => { void navigate({ to: '/search', search: text ? { q: text } : {} }) }
  useKeys({ '/': () => { if (narrow) search(); else box.current?.focus() } })
  if (narrow) return <Button type="text" icon={<SearchOutlined />} aria-label={t('app.search')} onClick={search} />
  return (
    <Input ref={box} value={text} onChange={(e) => { setText(e.target.value) }} onPressEnter={search} allowClear
      prefix={<SearchOutlined />} placeholder={t('shell.search')} aria-label={t('app.search')} style={{ width: 220 }} />
  )
}

function QuickCreate({ narrow }: { narrow: boolean }) {
  const can = useCan()
  const navigate = useNavigate()
  if (!can('publish.draft')) return null
  return (
    <Button type={narrow ? 'text' : 'primary'} icon={<PlusOutlined />} aria-label={t('shell.create')}
      onClick={() => void navigate({ to: '/publish/items/new' })}>{narrow ? null : t('shell.create')}</Button>
  )
}

function Bell() {
  const navigate = useNavigate()
  const { notices } = useCounts()
  return (
    <Badge count={notices} size="small" offset={[-6, 6]} color="#1f5f99">
      <Button type="text" icon={<BellOutlined />} aria-label={t('shell.notices', { n: notices })} onClick={() => void navigate({ to: '/notices' })} />
    </Badge>
  )
}

function PersonMenu({ narrow }: { narrow: boolean }) {
  const me = useMe()
  const navigate = useNavigate()
  const router = useRouter()
  const next = currentLocale() === 'en' ? 'zh-CN' : 'en'
  const main = me.departments.find((d) => d.main) ?? me.departments[0]
  return (
    <Dropdown trigger={['click']} menu={{
      items: [
        { key: 'who', type: 'group', label: main ? `${me.member.name} · ${main.name} ${main.title}` : me.member.name },
        { key: 'works', icon: <SyncOutlined />, label: t('person.works'), onClick: () => void navigate({ to: '/works' }) },
        { key: 'password', icon: <KeyOutlined />, label: t('person.password'), onClick: () => void navigate({ to: '/org/password' }) },
        { key: 'second', icon: <SafetyOutlined />, label: t('person.second'), onClick: () => void navigate({ to: '/org/security' }) },
        { key: 'identities', icon: <UserOutlined />, label: t('person.identities'), onClick: () => void navigate({ to: '/org/identities' }) },
        { key: 'tokens', icon: <ApiOutlined />, label: t('person.tokens'), onClick: () => void navigate({ to: '/org/tokens' }) },
        { key: 'outward', icon: <BellOutlined />, label: t('person.outward'), onClick: () => void navigate({ to: '/org/outward' }) },
        { key: 'access', icon: <SafetyOutlined />, label: t('person.access'), onClick: () => void navigate({ to: '/access' }) },
        { key: 'sessions', icon: <LaptopOutlined />, label: t('person.sessions'), onClick: () => void navigate({ to: '/org/sessions' }) },
        { key: 'help', icon: <QuestionCircleOutlined />, label: t('help.title'), onClick: () => { router.history.push(helpRoot(router.state.location.pathname)) } },
        { key: 'locale', icon: <GlobalOutlined />, label: t('person.other_locale'), onClick: () => void setLocale(next) },
        { type: 'divider' },
        { key: 'out', icon: <LogoutOutlined />, label: t('person.sign_out'), onClick: () => void leave() },
      ],
    }}>
      <Button type="text" icon={<UserOutlined />} aria-label={t('shell.person', { name: me.member.name })}>{narrow ? null : me.member.name}</Button>
    </Dropdown>
  )
}
