import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input, InputNumber, Radio, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { ApiToken, ApiTokenDraft } from '@/api/types'
import { useMe } from '@/app/session'
import { permissionName } from '@/features/org/permissions'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { Nothing } from '@/ui/Loaded'
import { dateTime } from '@/ui/format'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { OneTimeSecret } from '@/ui/OneTimeSecret'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'

/** The tokens with which programs act for one. */
export function Tokens() {
  const query = useQuery({ queryKey: ['tokens', 'mine'], queryFn: ({ signal }) => ok(client.GET('/token/mine', { signal })) })
  const [open, setOpen] = useState(false)
  const [secret, setSecret] = useState<string>()
  const end = useAction({
    run: (k: ApiToken, act) => ok(client.DELETE('/token/mine/{id}', { ...act(), params: { path: { id: k.id } } })),
    done: (_, k) => t('token.ended', { name: k.name }),
    confirm: (k) => ({ title: t('token.end_ask', { name: k.name }), content: t('token.end_hint'), ok: t('token.end'), danger: true }),
  })
  return (
    <Page help="sign-in#tokens" name={t('person.tokens')} back extra={<Button type="primary" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('token.new')}</Button>}>
      <section className="panel">
        <p className="quiet">{t('token.about')}</p>
        <DataTable id="tokens" label={t('person.tokens')} query={query} columns={columnsOf(end)} rowKey={(k) => k.id} paged={false} empty={<Nothing text={t('token.none')} />} />
      </section>
      <NewToken open={open} close={() => { setOpen(false) }} made={setSecret} />
      <OneTimeSecret title={t('token.made')} hint={t('token.made_hint')} secret={secret} close={() => { setSecret(undefined) }} />
    </Page>
  )
}

/** How a token is shown, whoever's it is. */
export function columnsOf(end: { go: (k: ApiToken) => void; busy: boolean }): Col<ApiToken>[] {
  return [
    { key: 'name', title: t('token.name'), fixed: true, render: (k) => <>{k.name} {k.read_only && <Tag>{t('token.reads')}</Tag>}</> },
    { key: 'may', title: t('token.may'), render: (k) => k.permissions.map(permissionName).join('、') },
    { key: 'created', title: t('token.created'), date: true, render: (k) => dateTime(k.created_at) },
    { key: 'until', title: t('token.until'), date: true, render: (k) => dateTime(k.expires_at) },
    { key: 'used', title: t('token.used'), date: true, render: (k) => k.used_at ? dateTime(k.used_at) : t('token.never') },
    { key: 'state', title: t('token.state'), fixed: true, align: 'right', render: (k) => k.alive
      ? <Button size="small" danger loading={end.busy} onClick={() => { end.go(k) }}>{t('token.end')}</Button>
      : <span className="quiet">{k.ended_why ? t(`token.why.${k.ended_why}`) : t('token.why.day')}</span> },
  ]
}

function NewToken({ open, close, made }: { open: boolean; close: () => void; made: (token: string) => void }) {
  const me = useMe()
  const [form] = Form.useForm<ApiTokenDraft>()
  const make = useAction({
    form,
    run: (v: ApiTokenDraft, act) => ok(client.POST('/token/mine', { ...act(), body: v })),
    after: (r) => { close(); made(r.token) },
  })
  const options = ['member', ...me.permissions].map((p) => ({ value: p, label: permissionName(p) }))
  return (
    <FormDialog title={t('token.new')} open={open} close={close} form={form} action={make} initial={{ read_only: true, days: 90 }} ok={t('token.make')}>
      <Form.Item name="name" label={t('token.name')} rules={[required(t('token.name'))]} extra={t('token.name_hint')}><Input maxLength={40} /></Form.Item>
      <Form.Item name="permissions" label={t('token.may')} rules={[chosen(t('token.may'))]} extra={t('token.may_hint')}>
        <Select mode="multiple" options={options} optionFilterProp="label" />
      </Form.Item>
      <Form.Item name="read_only" label={t('token.kind')}>
        <Radio.Group options={[{ value: true, label: t('token.reads') }, { value: false, label: t('token.writes') }]} />
      </Form.Item>
      <Form.Item name="days" label={t('token.days')} rules={[chosen(t('token.days'))]}><InputNumber min={1} max={366} precision={0} /></Form.Item>
      <Form.Item name="password" label={t('factor.password')} rules={[required(t('org.password'))]}><Input.Password autoComplete="current-password" /></Form.Item>
      <Alert type="info" showIcon title={t('token.dies')} />
    </FormDialog>
  )
}
