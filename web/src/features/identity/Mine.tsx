import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { IdentityLink, IdentityOffer } from '@/api/types'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { kindName } from './words'
import { leaveFor } from './way'

/** Who one is at the unit's providers, and how to be known there (AN-07: with one's own password). */
export function Mine() {
  const [search, set] = useAddress()
  const query = useQuery({ queryKey: ['identity', 'mine'], queryFn: ({ signal }) => ok(client.GET('/identity/mine', { signal })) })
  const [binding, setBinding] = useState<IdentityOffer>()
  const cut = useAction({
    run: (l: IdentityLink, act) => ok(client.DELETE('/identity/mine/{id}', { ...act(), params: { path: { id: l.id } } })),
    confirm: (l) => ({ title: t('identity.link_cut_ask', { name: l.provider_name }), content: t('identity.link_cut_hint'), ok: t('identity.link_cut'), danger: true }),
    done: () => t('identity.link_is_cut'),
  })
  return (
    <Page help="sign-in#identity" name={t('person.identities')} width="narrow" back>
      <section className="panel">
        {search.bound && <Alert type="success" showIcon closable className="gap-below" title={t('identity.mine_bound', { name: search.bound })} onClose={() => { set({ bound: undefined }) }} />}
        <p className="quiet">{t('identity.mine_about')}</p>
        <Loaded query={query} isEmpty={(m) => m.items.length + m.offers.length === 0} empty={<Nothing text={t('identity.mine_none')} />}>{(m) => (
          <ul className="lines">
            {m.offers.map((o) => <Offered key={o.id} offer={o} link={m.items.find((l) => l.provider_id === o.id)} bind={() => { setBinding(o) }} cut={cut} />)}
            {m.items.filter((l) => !m.offers.some((o) => o.id === l.provider_id)).map((l) => (
              <li key={l.id}>
                <span className="grow">{l.provider_name} <Tag>{t('identity.mine_off')}</Tag><br /><span className="quiet">{t('identity.mine_as', { label: l.label })}</span></span>
                <Button size="small" danger type="text" loading={cut.busy} onClick={() => { cut.go(l) }}>{t('identity.link_cut')}</Button>
              </li>
            ))}
          </ul>
        )}</Loaded>
      </section>
      {binding && <Bind offer={binding} close={() => { setBinding(undefined) }} done={() => { setBinding(undefined); set({ bound: binding.name }) }} />}
    </Page>
  )
}

function Offered({ offer, link, bind, cut }: { offer: IdentityOffer; link: IdentityLink | undefined; bind: () => void; cut: { go: (l: IdentityLink) => void; busy: boolean } }) {
  return (
    <li>
      <span className="grow">
        {offer.name} <span className="quiet">{kindName(offer.kind)}</span><br />
        {link ? <>{t('identity.mine_as', { label: link.label })} <span className="quiet">{t(`identity.made.${link.made}`)} {dateTime(link.created_at)}</span></> : <span className="quiet">{t('identity.mine_not')}</span>}
      </span>
      <span className="row">
        <Button size="small" onClick={bind}>{t(link ? 'identity.mine_again' : 'identity.mine_bind')}</Button>
        {link && <Button size="small" danger type="text" loading={cut.busy} onClick={() => { cut.go(link) }}>{t('identity.link_cut')}</Button>}
      </span>
    </li>
  )
}

interface Values { own_password: string; login: string; password: string }

function Bind({ offer, close, done }: { offer: IdentityOffer; close: () => void; done: () => void }) {
  const [form] = Form.useForm<Values>()
  const here = offer.form === 'password'
  const bind = useAction({
    form,
    run: async (v: Values, act) => {
      if (here) { await ok(client.POST('/identity/mine/password', { ...act(), body: { provider: offer.id, ...v } })); return }
      const { url } = await ok(client.POST('/identity/mine/begin', { ...act(), body: { provider: offer.id, own_password: v.own_password } }))
      leaveFor(url, { purpose: 'link', name: offer.name, next: '/org/identities' })
    },
    after: () => { if (here) done() },
  })
  return (
    <FormDialog open title={t('identity.mine_bind_ask', { name: offer.name })} close={close} form={form} action={bind} ok={t(here ? 'identity.mine_bind' : 'identity.mine_go')} width={440}>
      <p className="quiet">{t(here ? 'identity.mine_bind_hint_here' : 'identity.mine_bind_hint', { name: offer.name })}</p>
      <Form.Item name="own_password" label={t('identity.mine_own')} rules={[required(t('org.password'))]}><Input.Password autoComplete="current-password" /></Form.Item>
      {here && <Form.Item name="login" label={t('identity.their_login', { name: offer.name })} rules={[required(t('org.login'))]}><Input autoComplete="off" autoCapitalize="none" spellCheck={false} maxLength={128} /></Form.Item>}
      {here && <Form.Item name="password" label={t('identity.their_password', { name: offer.name })} rules={[required(t('org.password'))]}><Input.Password autoComplete="off" maxLength={256} /></Form.Item>}
    </FormDialog>
  )
}
