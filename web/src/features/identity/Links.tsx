import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Drawer, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { IdentityKnown, IdentityProvider } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

/** Who is who at a provider. */
export function Links({ provider, close }: { provider: IdentityProvider | undefined; close: () => void }) {
  return (
    <Drawer open={provider !== undefined} onClose={close} size={640} title={provider ? `${provider.name} · ${t('identity.links')}` : ''} destroyOnHidden>
      {provider && <People provider={provider} />}
    </Drawer>
  )
}

function People({ provider }: { provider: IdentityProvider }) {
  const [q, setQ] = useState('')
  const [adding, setAdding] = useState(false)
  const query = useQuery({
    queryKey: ['identity', 'links', provider.id, q],
    queryFn: ({ signal }) => ok(client.GET('/identity/providers/{id}/links', { signal, params: { path: { id: provider.id }, query: { limit: 200, ...(q ? { q } : {}) } } })),
  })
  const cut = useAction({
    run: (k: IdentityKnown, act) => ok(client.DELETE('/identity/links/{id}', { ...act(), params: { path: { id: k.id } } })),
    confirm: (k) => ({ title: t('identity.link_cut_ask', { name: k.member_name }), content: t(provider.match ? 'identity.link_cut_match' : 'identity.link_cut_hint'), ok: t('identity.link_cut'), danger: true }),
    done: () => t('identity.link_is_cut'),
  })
  return (
    <div className="stack-wide">
      <p className="quiet">{t('identity.link_about')}</p>
      <div className="row-between">
        <Input.Search allowClear style={{ maxWidth: 320 }} placeholder={t('identity.link_search')} aria-label={t('identity.link_search')} onSearch={setQ} />
        <Button icon={<PlusOutlined />} onClick={() => { setAdding(true) }}>{t('identity.link_add')}</Button>
      </div>
      <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('identity.link_none')} />}>{(d) => (
        <ul className="lines">
          {d.items.map((k) => (
            <li key={k.id}>
              <span className="grow">
                {k.member_name} <span className="mono quiet">{k.login}</span><br />
                <span className="quiet">{k.label} · {t(`identity.made.${k.made}`)} {dateTime(k.created_at)} · {k.used_at ? `${t('identity.link_used')} ${dateTime(k.used_at)}` : t('identity.link_never')}</span>
              </span>
              <Button size="small" type="text" danger loading={cut.busy} onClick={() => { cut.go(k) }}>{t('identity.link_cut')}</Button>
            </li>
          ))}
        </ul>
      )}</Loaded>
      <Add provider={provider} open={adding} close={() => { setAdding(false) }} />
    </div>
  )
}

interface Values { member_id: string; subject: string; label?: string }

function Add({ provider, open, close }: { provider: IdentityProvider; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const add = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/identity/providers/{id}/links', { ...act(), params: { path: { id: provider.id } }, body: v })),
    done: (k) => t('identity.link_saved', { name: k.member_name }),
    after: close,
  })
  return (
    <FormDialog open={open} title={t('identity.link_add')} close={close} form={form} action={add} width={480}>
      <Form.Item name="member_id" label={t('identity.link_member')} rules={[chosen(t('identity.link_member'))]}><PersonSelect /></Form.Item>
      <Form.Item name="subject" label={t('identity.link_subject')} extra={t('identity.link_subject_hint')} rules={[required(t('identity.link_subject'))]}><Input maxLength={255} spellCheck={false} /></Form.Item>
      <Form.Item name="label" label={t('identity.link_label')}><Input maxLength={120} /></Form.Item>
    </FormDialog>
  )
}
