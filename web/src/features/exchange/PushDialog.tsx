import { useNavigate } from '@tanstack/react-router'
import { Form } from 'antd'
import { client, ok } from '@/api/client'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { FormDialog } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { type Audience, AudienceFields, audienceOf } from './Below'

/** Gives a published item to units below. */
export default function PushDialog({ item, close }: { item: Item; close: () => void }) {
  const [form] = Form.useForm<Audience>()
  const navigate = useNavigate()
  const push = useAction({
    form,
    run: (v: Audience, act) => ok(client.POST('/exchange/pushes', { ...act(), body: { item_id: item.id, ...audienceOf(v) } })),
    done: (s) => t('push.started', { n: s.push.units }),
    after: (s) => {
      close()
      void navigate({ to: '/exchange/pushes/$id', params: { id: s.push.id } })
    },
  })
  return (
    <FormDialog title={t('push.title', { title: item.title })} open close={close} form={form} action={push} ok={t('push.push')}>
      <p className="quiet">{t('push.hint')}</p>
      <AudienceFields label={t('push.to')} />
    </FormDialog>
  )
}
