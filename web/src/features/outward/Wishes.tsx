import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Checkbox, Form, Radio } from 'antd'
import { client, ok } from '@/api/client'
import type { OutwardWish } from '@/api/types'
import { t, tOr } from '@/i18n'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'

/** What of the unit's notices reaches one outside, and when. */
export function Wishes() {
  const query = useQuery({ queryKey: ['outward', 'mine'], queryFn: ({ signal }) => ok(client.GET('/outward/mine', { signal })) })
  return (
    <Page help="outward#mine" name={t('person.outward')} width="narrow" back>
      <section className="panel">
        <p className="quiet">{t('outward.mine_about')}</p>
        <Loaded query={query}>
          {(data) => data.items.map((w) => (
            <section key={w.channel}>
              <h2 className="section">{tOr(`outward.channel.${w.channel}`, w.channel)}</h2>
              {w.on ? <WishForm key={w.version} wish={w} /> : <Nothing text={t('outward.mine_off')} />}
            </section>
          ))}
        </Loaded>
      </section>
    </Page>
  )
}

type Draft = Pick<OutwardWish, 'mode' | 'quiet'>

function WishForm({ wish }: { wish: OutwardWish }) {
  const [form] = Form.useForm<Draft>()
  const mode = Form.useWatch('mode', form) ?? wish.mode
  const save = useAction({
    form,
    run: (v: Draft, act) => ok(client.PUT('/outward/mine/{channel}', {
      ...act(), params: { path: { channel: wish.channel } }, body: { mode: v.mode, quiet: v.quiet, version: wish.version },
    })),
    done: () => t('outward.saved'),
  })
  return (
    <Form form={form} layout="vertical" initialValues={{ mode: wish.mode, quiet: wish.quiet }} onFinish={save.go}>
      {!wish.linked && <Alert className="gap-below" type="warning" showIcon title={t('outward.mine_unlinked')} action={<Link to="/org/identities">{t('outward.mine_link')}</Link>} />}
      <Form.Item name="mode" label={t('outward.mode')}>
        <Radio.Group className="stack" options={(['all', 'urgent', 'none'] as const).map((value) => ({ value, label: t(`outward.mode.${value}`) }))} />
      </Form.Item>
      <Form.Item name="quiet" valuePropName="checked" extra={t('outward.quiet_hint')}>
        <Checkbox disabled={mode !== 'all'}>{t('outward.quiet')}</Checkbox>
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={save.busy}>{t('app.save')}</Button>
    </Form>
  )
}
