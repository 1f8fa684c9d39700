import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Checkbox, Form, Radio, Switch } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { asProblem } from '@/api/problem'
import type { OutwardSetting } from '@/api/types'
import { t, tOr } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { Log } from './Log'
import { reasonText } from './reason'

/** What leaves the unit besides the desktop, how much it says, and how it went. */
export function OutwardPage() {
  const query = useQuery({ queryKey: ['outward', 'channels'], queryFn: ({ signal }) => ok(client.GET('/outward/channels', { signal })) })
  return (
    <Page help="outward" name={t('outward.title')}>
      <Loaded query={query}>
        {(data) => data.items.map((s) => (
          <div key={s.channel}>
            <section className="panel gap-below">
              <h2>{tOr(`outward.channel.${s.channel}`, s.channel)}</h2>
              <p className="quiet">{t('outward.about')}</p>
              {s.set_up ? <Settings key={s.version} setting={s} /> : <NotReady />}
            </section>
            <Log setting={s} />
          </div>
        ))}
      </Loaded>
    </Page>
  )
}

function NotReady() {
  return <Alert type="info" showIcon title={t('outward.not_ready')} description={t('outward.not_ready_hint')} action={<Link to="/settings/identity">{t('outward.connect')}</Link>} />
}

interface Draft { on: boolean; wording: 'title' | 'kind'; kinds: string[] }

function Settings({ setting }: { setting: OutwardSetting }) {
  const [form] = Form.useForm<Draft>()
  const at = { params: { path: { channel: setting.channel } } }
  const save = useAction({
    form,
    run: (v: Draft, act) => ok(client.PUT('/outward/channels/{channel}', { ...act(), ...at, body: { ...v, version: setting.version } })),
    done: () => t('outward.saved'),
  })
  const [told, setTold] = useState<string>() // why a test did not arrive; empty: it did
  const test = useAction({
    run: async (_: null, act) => {
      try {
        await ok(client.POST('/outward/channels/{channel}/test', { ...act(), ...at }))
        return ''
      } catch (err) {
        const p = asProblem(err)
        if (p.code !== 'outward.test_failed') throw err
        return String(p.meta?.reason)
      }
    },
    after: setTold,
  })
  return (
    <Form form={form} layout="vertical" initialValues={{ on: setting.on, wording: setting.wording, kinds: setting.kinds }} onFinish={save.go} disabled={save.busy}>
      {setting.paused_until && (
        <Alert className="gap-below" type="warning" showIcon description={t('outward.paused_hint')}
          title={t('outward.paused', { at: dateTime(setting.paused_until), reason: reasonText(setting.paused_for) })} />
      )}
      <Form.Item name="on" label={t('outward.on')} valuePropName="checked"><Switch /></Form.Item>
      <Form.Item name="wording" label={t('outward.wording')}>
        <Radio.Group className="stack">
          {(['title', 'kind'] as const).map((w) => (
            <Radio key={w} value={w}>{t(`outward.wording.${w}`)} <span className="quiet">{t(`outward.wording.${w}_hint`)}</span></Radio>
          ))}
        </Radio.Group>
      </Form.Item>
      <Form.Item label={t('outward.kinds')} extra={t('outward.kinds_hint')}>
        <Form.Item name="kinds" noStyle>
          <Checkbox.Group options={setting.all_kinds.map((value) => ({ value, label: tOr(`outward.kind.${value}`, value) }))} />
        </Form.Item>
        <div className="row">
          <Button type="link" size="small" onClick={() => { form.setFieldValue('kinds', setting.all_kinds) }}>{t('outward.kinds_all')}</Button>
          <Button type="link" size="small" onClick={() => { form.setFieldValue('kinds', []) }}>{t('outward.kinds_none')}</Button>
        </div>
      </Form.Item>
      <div className="row">
        <Button type="primary" htmlType="submit" loading={save.busy}>{t('app.save')}</Button>
        <Button loading={test.busy} onClick={() => { test.go(null) }}>{t('outward.test')}</Button>
      </div>
      {told !== undefined && (
        <Alert style={{ marginTop: 16 }} role="status" showIcon type={told ? 'error' : 'success'}
          title={told ? `${t('error.outward.test_failed')}${t('outward.because')}${reasonText(told)}` : t('outward.tested')} />
      )}
    </Form>
  )
}
