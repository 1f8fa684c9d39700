import { Alert, Collapse, Form, Input, InputNumber, Radio, Switch, Typography } from 'antd'
import { client, ok } from '@/api/client'
import type { IdentityField, IdentityKind, IdentityProvider } from '@/api/types'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { returnHere } from './way'
import { choiceName, fieldHint, fieldName, kindName, secretName } from './words'

// Whose password the secret is: it stands beside it.
const WITH_SECRET = 'bind_dn'

export interface Draft { kind: IdentityKind; provider?: IdentityProvider }
interface Values { name: string; match: boolean; secret?: string; settings: Record<string, string | number | boolean | undefined> }

/** One provider, asked for what its kind needs; what has a good default waits below. */
export function ProviderDialog({ draft: { kind, provider }, close }: { draft: Draft; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const save = useAction({
    form,
    run: (v: Values, act) => {
      const settings = kind.fields.map((f) => ({ name: f.name, value: String(v.settings[f.name] ?? '') }))
      const body = { name: v.name, match: v.match, settings, ...(v.secret ? { secret: v.secret } : {}) }
      if (provider) return ok(client.PATCH('/identity/providers/{id}', { ...act(), params: { path: { id: provider.id } }, body: { ...body, version: provider.version } }))
      return ok(client.POST('/identity/providers', { ...act(), body: { ...body, kind: kind.kind as 'oidc' } }))
    },
    done: (p) => t('identity.saved', { name: p.name }),
    after: close,
  })
  const kept = Object.fromEntries((provider?.settings ?? []).map((s) => [s.name, s.value]))
  const at = (f: IdentityField) => f.type === 'switch' ? (kept[f.name] ?? f.default) === 'true' : kept[f.name] || f.default
  const initial: Values = { name: provider?.name ?? '', match: provider?.match ?? false, settings: Object.fromEntries(kind.fields.map((f) => [f.name, at(f)])) }
  const needed = [...kind.fields.filter((f) => f.required), ...kind.fields.filter((f) => f.name === WITH_SECRET)]
  const more = kind.fields.filter((f) => !needed.includes(f))
  return (
    <FormDialog open title={provider ? provider.name : kindName(kind.kind)} close={close} form={form} action={save} initial={initial} width={600}>
      <Form.Item name="name" label={t('identity.name')} extra={t('identity.name_hint')} rules={[required(t('identity.name'))]}><Input maxLength={40} /></Form.Item>
      {provider && provider.links > 0 && <Alert type="info" showIcon className="gap-below" title={t('identity.moved_hint')} />}
      {kind.form === 'redirect' && (
        <Form.Item label={t('identity.return')} extra={t('identity.return_hint')}><Typography.Text code copyable>{provider?.redirect_uri || returnHere()}</Typography.Text></Form.Item>
      )}
      {needed.map((f) => <Setting key={f.name} kind={kind.kind} field={f} />)}
      {kind.secret !== 'none' && (
        <Form.Item name="secret" label={secretName(kind.kind)} extra={t('identity.secret_hint')} rules={kind.secret === 'required' && !provider?.has_secret ? [required(secretName(kind.kind))] : []}>
          <Input.Password autoComplete="new-password" maxLength={4096} placeholder={provider?.has_secret ? t('identity.secret_kept') : ''} />
        </Form.Item>
      )}
      <Form.Item name="match" label={t('identity.match')} extra={t('identity.match_hint')} valuePropName="checked"><Switch /></Form.Item>
      <Collapse ghost items={[{ key: 'more', label: t('identity.more'), forceRender: true, children: more.map((f) => <Setting key={f.name} kind={kind.kind} field={f} />) }]} />
    </FormDialog>
  )
}

function Setting({ kind, field: f }: { kind: string; field: IdentityField }) {
  const name = fieldName(kind, f.name)
  return (
    <Form.Item name={['settings', f.name]} label={name} extra={fieldHint(kind, f.name)} rules={f.required ? [required(name)] : []} {...(f.type === 'switch' ? { valuePropName: 'checked' } : {})}>
      {input(kind, f)}
    </Form.Item>
  )
}

function input(kind: string, f: IdentityField) {
  const maxLength = f.max || 500
  switch (f.type) {
    case 'switch': return <Switch />
    case 'number': return <InputNumber style={{ width: '100%' }} />
    case 'choice': return <Radio.Group options={f.choices.map((value) => ({ value, label: choiceName(kind, f.name, value) }))} />
    case 'lines': return <Input.TextArea className="mono" autoSize={{ minRows: 2, maxRows: 6 }} maxLength={maxLength} spellCheck={false} />
    default: return <Input maxLength={maxLength} spellCheck={false} autoCapitalize="none" {...(f.type === 'url' ? { inputMode: 'url' as const } : {})} />
  }
}
