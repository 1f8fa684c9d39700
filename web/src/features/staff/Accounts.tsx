import { useQuery } from '@tanstack/react-query'
import { App, Button, Form, InputNumber, Radio, Segmented, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { MadeReset, PasswordRequest, PasswordRules, Together } from '@/api/types'
import { browserOf } from '@/features/org/browser'
import { PasswordConsents, SoughtState } from '@/features/org/Consents'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { OneTimeSecret } from '@/ui/OneTimeSecret'
import { Page } from '@/ui/Page'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { pageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'

/** What administrators watch over accounts by: requests for passwords, who is signed in twice, how old a password may be. */
export function Accounts() {
  const [search, set] = useAddress()
  const view = search.view ?? 'requests'
  return (
    <Page help="members#lock" name={t('account.title')} back>
      <section className="panel">
        <div className="gap-below" style={{ overflowX: 'auto' }}>
          <Segmented value={view} onChange={(v) => { set({ view: v, after: undefined }) }}
            options={(['requests', 'consents', 'together', 'rules'] as const).map((value) => ({ value, label: t(`account.${value}`) }))} />
        </div>
        {view === 'requests' && <Asked />}
        {view === 'consents' && <PasswordConsents />}
        {view === 'together' && <Twice />}
        {view === 'rules' && <Rules />}
      </section>
    </Page>
  )
}

function Asked() {
  const { modal } = App.useApp()
  const [search] = useAddress()
  const [form] = Form.useForm<Reason>()
  const [refused, setRefused] = useState<PasswordRequest>()
  const [link, setLink] = useState<string>()
  const query = useQuery({ queryKey: ['org', 'requests', search], queryFn: ({ signal }) => ok(client.GET('/org/requests', { signal, params: { query: pageOf(search) } })) })
  const grant = useAction({
    run: (r: PasswordRequest, act) => ok(client.POST('/org/members/{id}/reset', { ...act(), params: { path: { id: r.member_id } }, body: {} })),
    confirm: (r) => ({ title: t('account.grant_ask', { name: r.name }), content: t('account.grant_hint'), ok: t('account.grant') }),
    after: (r: MadeReset) => {
      if (r.consent) {
        modal.info({ title: t('consent.sought', r.consent), content: <>{t('consent.sought_text')}{r.consent.closed > 0 && <p>{t('consent.closed', r.consent)}</p>}</> })
        return
      }
      setLink(`${window.location.origin}/reset#${r.token}`)
    },
  })
  const refuse = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/org/requests/{id}/refuse', { ...act(), params: { path: { id: refused?.id ?? '' } }, body: v })),
    done: () => t('account.refused'),
    after: () => { setRefused(undefined) },
  })
  const columns: Col<PasswordRequest>[] = [
    { key: 'who', title: t('org.name'), fixed: true, render: (r) => <>{r.name} <span className="mono quiet">{r.login}</span> {r.stolen && <Tag color="error">{t('account.stolen')}</Tag>}</> },
    { key: 'where', title: t('member.department'), render: (r) => r.department },
    { key: 'how', title: t('account.how'), render: (r) => <>{t(`account.how.${r.how}`)} <span className="quiet">{r.note}</span></> },
    { key: 'at', title: t('staff.at'), render: (r) => <>{dateTime(r.at)} <span className="mono quiet">{r.ip}</span></> },
    { key: 'state', title: t('app.state'), render: (r) => r.state === 'open' ? r.consent ? <SoughtState of={r.consent} /> : <Tag color="warning">{t('account.state.open')}</Tag> : <>{t(`account.state.${r.state}`)} <span className="quiet">{r.decided_by} {r.reason}</span></> },
    { key: 'acts', title: '', fixed: true, align: 'right', render: (r) => r.state !== 'open' ? null : (
      <>
        {r.consent?.state !== 'open' && <Button size="small" type="link" loading={grant.busy} onClick={() => { grant.go(r) }}>{t(r.consent && r.consent.state !== 'ready' ? 'consent.again' : 'account.grant')}</Button>}
        <Button size="small" type="text" danger onClick={() => { setRefused(r) }}>{t('account.refuse')}</Button>
      </>
    ) },
  ]
  return (
    <>
      <DataTable id="password-requests" label={t('account.requests')} query={query} columns={columns} rowKey={(r) => r.id} empty={<Nothing text={t('account.requests_none')} />} />
      <ReasonDialog title={t('account.refuse_ask', { name: refused?.name ?? '' })} open={refused !== undefined} close={() => { setRefused(undefined) }} form={form} action={refuse} danger />
      <OneTimeSecret title={t('account.link')} hint={t('account.link_hint')} secret={link} close={() => { setLink(undefined) }} />
    </>
  )
}

function Twice() {
  const query = useQuery({ queryKey: ['org', 'together'], queryFn: ({ signal }) => ok(client.GET('/org/sessions/together', { signal })) })
  const columns: Col<Together>[] = [
    { key: 'who', title: t('org.name'), fixed: true, render: (x) => <>{x.name} <span className="mono quiet">{x.login}</span></> },
    { key: 'where', title: t('member.department'), render: (x) => x.department },
    { key: 'places', title: t('account.places'), render: (x) => x.places.map((p) => (
      <div key={`${p.ip}${p.since}`}><span className="mono">{p.ip}</span> {browserOf(p.user_agent)} <span className="quiet">{dateTime(p.since)}</span></div>
    )) },
  ]
  return (
    <>
      <p className="quiet">{t('account.together_hint')}</p>
      <DataTable id="together" label={t('account.together')} query={query} columns={columns} rowKey={(x) => x.id} paged={false} empty={<Nothing text={t('account.together_none')} />} />
    </>
  )
}

function Rules() {
  const query = useQuery({ queryKey: ['org', 'password-rules'], queryFn: ({ signal }) => ok(client.GET('/org/password-rules', { signal })) })
  return <Loaded query={query}>{(r) => <RulesForm key={r.version} rules={r} />}</Loaded>
}

function RulesForm({ rules }: { rules: PasswordRules }) {
  const [form] = Form.useForm<PasswordRules>()
  const save = useAction({
    form,
    run: (v: PasswordRules, act) => ok(client.PUT('/org/password-rules', { ...act(), body: { ...v, version: rules.version } })),
    done: () => t('app.saved'),
  })
  return (
    <Form form={form} layout="vertical" initialValues={rules} onFinish={save.go} style={{ maxWidth: 480 }}>
      <Form.Item name="days" label={t('account.days')}><InputNumber min={30} max={365} /></Form.Item>
      <Form.Item name="force" label={t('account.then')}><Radio.Group options={[{ value: true, label: t('account.force') }, { value: false, label: t('account.advise') }]} /></Form.Item>
      <p className="quiet">{t('account.rules_hint')}</p>
      <Button type="primary" htmlType="submit" loading={save.busy}>{t('app.save')}</Button>
    </Form>
  )
}
