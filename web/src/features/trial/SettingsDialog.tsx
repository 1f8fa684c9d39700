import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, InputNumber, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { TrialSettings } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

const PARTS = ['leader', 'manager', 'coordinator'] as const
interface Values {
  contacts?: { topic: string; member_id?: string; name?: string; phone?: string; place?: string }[]
  group?: { member_id: string; part: (typeof PARTS)[number] }[]
  every_days: number; reminder?: string
}

/** Contacts, the rollout group, and how often people are reminded of secrecy. */
export default function SettingsDialog({ close }: { close: () => void }) {
  const query = useQuery({ queryKey: ['trial-settings'], gcTime: 0, queryFn: ({ signal }) => ok(client.GET('/trial/settings', { signal })) })
  return query.data ? <Inside of={query.data} close={close} /> : null
}

function Inside({ of: s, close }: { of: TrialSettings; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const save = useAction({
    form,
    run: (v: Values, act) => ok(client.PUT('/trial/settings', { ...act(), body: {
      version: s.version, every_days: v.every_days, ...(v.reminder ? { reminder: v.reminder } : {}), group: v.group ?? [],
      contacts: (v.contacts ?? []).map((c) => ({ topic: c.topic, name: c.member_id ? '' : c.name ?? '', ...(c.member_id ? { member_id: c.member_id } : {}), ...(c.phone ? { phone: c.phone } : {}), ...(c.place ? { place: c.place } : {}) })),
    } })),
    done: () => t('trial.settings_saved'), after: close,
  })
  const named = (path: ['contacts' | 'group', number, 'member_id'], list: { id: string; name: string }[]) => list.find((x) => x.id === (form.getFieldValue(path) as string)) ?? null
  const contacts = s.contacts.flatMap((c) => (c.member_id ? [{ id: c.member_id, name: c.name }] : []))
  const group = s.group.map((g) => ({ id: g.member_id, name: g.name ?? '' }))
  return (
    <FormDialog title={t('trial.settings')} open close={close} form={form} action={save} width={760}
      initial={{ every_days: s.every_days, reminder: s.reminder, group: s.group.map((g) => ({ member_id: g.member_id, part: g.part })), contacts: s.contacts.map((c) => ({ ...c, name: c.member_id ? '' : c.name })) }}>
      <h3>{t('trial.contacts')}</h3>
      <Form.List name="contacts">
        {(fields, { add, remove }) => (
          <>
            {fields.map((f) => (
              <div key={f.key} className="row">
                <Form.Item name={[f.name, 'topic']} rules={[required(t('trial.topic_of'))]} style={{ flex: '1 1 130px' }}><Input maxLength={60} placeholder={t('trial.topic_of')} aria-label={t('trial.topic_of')} /></Form.Item>
                <Form.Item name={[f.name, 'member_id']} style={{ flex: '1 1 150px' }}><PersonSelect allowClear aria-label={t('app.person')} initial={named(['contacts', f.name, 'member_id'], contacts)} /></Form.Item>
                <Form.Item name={[f.name, 'name']} style={{ flex: '1 1 110px' }}><Input maxLength={40} placeholder={t('trial.other_name')} aria-label={t('trial.other_name')} /></Form.Item>
                <Form.Item name={[f.name, 'phone']} style={{ flex: '1 1 100px' }}><Input maxLength={40} placeholder={t('trial.phone')} aria-label={t('trial.phone')} /></Form.Item>
                <Form.Item name={[f.name, 'place']} style={{ flex: '1 1 100px' }}><Input maxLength={80} placeholder={t('trial.room')} aria-label={t('trial.room')} /></Form.Item>
                <Button style={{ marginBottom: 24 }} icon={<DeleteOutlined />} aria-label={t('app.delete')} onClick={() => { remove(f.name) }} />
              </div>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => { add({}) }}>{t('trial.contact_add')}</Button>
          </>
        )}
      </Form.List>
      <h3>{t('trial.group')}</h3>
      <Form.List name="group">
        {(fields, { add, remove }) => (
          <>
            {fields.map((f) => (
              <div key={f.key} className="row">
                <Form.Item name={[f.name, 'member_id']} rules={[chosen(t('app.person'))]} style={{ flex: '1 1 200px' }}><PersonSelect aria-label={t('app.person')} initial={named(['group', f.name, 'member_id'], group)} /></Form.Item>
                <Form.Item name={[f.name, 'part']} style={{ width: 150 }}><Select aria-label={t('trial.part')} options={PARTS.map((x) => ({ value: x, label: t(`trial.group.${x}`) }))} /></Form.Item>
                <Button style={{ marginBottom: 24 }} icon={<DeleteOutlined />} aria-label={t('app.delete')} onClick={() => { remove(f.name) }} />
              </div>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => { add({ part: 'coordinator' }) }}>{t('trial.add_person')}</Button>
          </>
        )}
      </Form.List>
      <h3>{t('trial.secrecy')}</h3>
      <Form.Item name="every_days" label={t('trial.every_days')} extra={t('trial.every_days_hint')} rules={[chosen(t('trial.every_days'))]}><InputNumber min={0} max={365} precision={0} /></Form.Item>
      <Form.Item name="reminder" label={t('trial.reminder')} extra={t('trial.reminder_hint')}><Input.TextArea rows={2} maxLength={300} showCount /></Form.Item>
    </FormDialog>
  )
}
