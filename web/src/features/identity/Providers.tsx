import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { App, Button, Dropdown, Tag, Typography } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { IdentityKind, IdentityProvider } from '@/api/types'
import { t } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { Links } from './Links'
import { Passwords } from './Passwords'
import { type Draft, ProviderDialog } from './ProviderDialog'
import { returnHere } from './way'
import { kindName, stepName } from './words'

/** Which systems recognise the unit's people, and who may still come in with a password. */
export function Providers() {
  const kinds = useQuery({ queryKey: ['identity', 'kinds'], queryFn: ({ signal }) => ok(client.GET('/identity/kinds', { signal })), staleTime: Infinity })
  const query = useQuery({ queryKey: ['identity', 'providers'], queryFn: ({ signal }) => ok(client.GET('/identity/providers', { signal })) })
  const [draft, setDraft] = useState<Draft>()
  const [linking, setLinking] = useState<IdentityProvider>()
  const items = kinds.data?.items ?? []
  const of = (p: IdentityProvider) => items.find((k) => k.kind === p.kind)
  const add = (
    <Dropdown trigger={['click']} menu={{ items: items.map((k) => ({ key: k.kind, label: kindName(k.kind), onClick: () => { setDraft({ kind: k }) } })) }}>
      <Button type="primary" icon={<PlusOutlined />} disabled={items.length === 0}>{t('identity.add')}</Button>
    </Dropdown>
  )
  return (
    <Page help="members#identity" name={t('identity.title')} back extra={add}>
      <div className="stack-wide">
        <section className="panel">
          <p className="quiet">{t('identity.about')}</p>
          <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('identity.none')} />}>{(d) => (
            <ul className="lines">
              {d.items.map((p) => <Line key={p.id} provider={p} links={() => { setLinking(p) }} edit={(kind) => { setDraft({ kind, provider: p }) }} kind={of(p)} />)}
            </ul>
          )}</Loaded>
        </section>
        <Passwords />
      </div>
      {draft && <ProviderDialog draft={draft} close={() => { setDraft(undefined) }} />}
      <Links provider={linking} close={() => { setLinking(undefined) }} />
    </Page>
  )
}

interface LineProps { provider: IdentityProvider; kind: IdentityKind | undefined; links: () => void; edit: (k: IdentityKind) => void }

function Line({ provider: p, kind, links, edit }: LineProps) {
  const { message } = App.useApp()
  const path = { id: p.id }
  const turn = useAction({
    run: (on: boolean, act) => ok(on ? client.POST('/identity/providers/{id}/enable', { ...act(), params: { path }, body: { version: p.version } })
      : client.POST('/identity/providers/{id}/disable', { ...act(), params: { path }, body: { version: p.version } })),
    done: (_, on) => t(on ? 'identity.enabled' : 'identity.disabled', { name: p.name }),
  })
  const off = useAction({ run: (on: boolean) => { turn.go(on); return Promise.resolve(null) }, confirm: () => ({ title: t('identity.disable_ask', { name: p.name }), content: t('identity.disable_hint'), ok: t('identity.disable'), danger: true }) })
  const remove = useAction({
    run: (_: null, act) => ok(client.DELETE('/identity/providers/{id}', { ...act(), params: { path } })),
    confirm: () => ({ title: t('identity.remove_ask', { name: p.name }), content: t('identity.remove_hint'), ok: t('identity.remove'), danger: true }),
    done: () => t('identity.removed', { name: p.name }),
  })
  const test = useAction({
    run: (_: null, act) => ok(client.POST('/identity/providers/{id}/test', { ...act(), params: { path } })),
    after: (r) => {
      if (r.ok) void message.success(t('identity.tested', { name: p.name }))
      else void message.error(t('identity.test_failed', { name: p.name, step: stepName(r.step) }), 8)
    },
  })
  return (
    <li className="identity-line">
      <span className="grow">
        <strong>{p.name}</strong> <Tag color={p.enabled ? 'success' : 'default'}>{t(p.enabled ? 'identity.on' : 'identity.off')}</Tag><br />
        <span className="quiet">{kindName(p.kind)} · {t('identity.links_n', { n: p.links })}</span>
        {p.redirect_uri && <div className="quiet">{t('identity.return')} <Typography.Text code copyable>{p.redirect_uri}</Typography.Text></div>}
        {p.redirect_uri && p.redirect_uri !== returnHere() && <div className="quiet">{t('identity.return_own')} <Typography.Text code copyable>{returnHere()}</Typography.Text></div>}
      </span>
      <span className="row">
        {p.enabled ? <Button size="small" loading={turn.busy} onClick={() => { off.go(false) }}>{t('identity.disable')}</Button>
          : <Button size="small" type="primary" ghost loading={turn.busy} onClick={() => { turn.go(true) }}>{t('identity.enable')}</Button>}
        <Button size="small" loading={test.busy} onClick={() => { test.go(null) }}>{t('identity.test')}</Button>
        <Button size="small" onClick={links}>{t('identity.links')}</Button>
        {kind && <Button size="small" onClick={() => { edit(kind) }}>{t('identity.edit')}</Button>}
        {!p.enabled && <Button size="small" type="text" danger loading={remove.busy} onClick={() => { remove.go(null) }}>{t('identity.remove')}</Button>}
      </span>
    </li>
  )
}
