import { useQuery } from '@tanstack/react-query'
import { Button, Form, Radio } from 'antd'
import { client, ok } from '@/api/client'
import type { IdentityRules } from '@/api/types'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'

/** Who may come in with a password. */
export function Passwords() {
  const query = useQuery({ queryKey: ['identity', 'rules'], queryFn: ({ signal }) => ok(client.GET('/identity/rules', { signal })) })
  return (
    <section className="panel">
      <div className="panel-head"><h2>{t('identity.passwords')}</h2></div>
      <Loaded query={query}>{(r) => <Chosen key={r.version} rules={r} />}</Loaded>
    </section>
  )
}

function Chosen({ rules }: { rules: IdentityRules }) {
  const [form] = Form.useForm<{ passwords: IdentityRules['passwords'] }>()
  const save = useAction({
    form,
    run: (v: { passwords: IdentityRules['passwords'] }, act) => ok(client.PUT('/identity/rules', { ...act(), body: { ...v, version: rules.version } })),
    done: () => t('identity.passwords_saved'),
  })
  const ask = useAction({
    run: (v: { passwords: IdentityRules['passwords'] }) => { save.go(v); return Promise.resolve(null) },
    confirm: () => ({ title: t('identity.passwords_ask'), content: t('identity.passwords_ask_hint', { n: rules.unlinked }), danger: true }),
  })
  return (
    <Form form={form} layout="vertical" initialValues={{ passwords: rules.passwords }} onFinish={(v) => { (v.passwords === 'admins' && rules.passwords === 'all' ? ask : save).go(v) }}>
      <Form.Item name="passwords" extra={t('identity.passwords_hint')}>
        <Radio.Group className="stack" options={(['all', 'admins'] as const).map((value) => ({ value, label: t(`identity.passwords.${value}`) }))} />
      </Form.Item>
      <p className="quiet">{t('identity.unlinked', { members: rules.members, n: rules.unlinked })}</p>
      <Button type="primary" htmlType="submit" loading={save.busy}>{t('app.save')}</Button>
    </Form>
  )
}
