import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Form, Input, Radio, Skeleton } from 'antd'
import { client, ok } from '@/api/client'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { WithTerm } from '@/ui/HelpLink'
import { useAction } from '@/ui/useAction'

interface Values { to?: string; note?: string }

/** Sends a published item up. */
export default function ReportDialog({ item, close }: { item: Item; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const targets = useQuery({ queryKey: ['exchange-targets'], queryFn: ({ signal }) => ok(client.GET('/exchange/targets', { signal })) })
  const report = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/exchange/reports', { ...act(), body: { item_id: item.id, ...(v.to ? { to: v.to } : {}), ...(v.note ? { note: v.note } : {}) } })),
    done: (e) => t('exchange.reported', { to: e.peer.name }),
    after: () => {
      close()
      void navigate({ to: '/exchange/outbox' })
    },
  })
  const list = targets.data?.items ?? []
  return (
    <FormDialog title={t('exchange.report_title', { title: item.title })} open close={close} form={form} action={report} ok={t('exchange.report')}>
      {targets.isPending ? <Skeleton active /> : (
        <Form.Item name="to" label={t('exchange.to')} initialValue={list[0]?.id} rules={[chosen(t('exchange.to'))]} extra={<WithTerm of="relation" about={t('exchange.to')}>{t(list.length === 0 ? 'exchange.no_target' : 'exchange.to_hint')}</WithTerm>}>
          <Radio.Group className="stack" options={list.map((x) => ({ value: x.id, label: t('exchange.option', { name: x.name, note: t(`exchange.relation.${x.relation}`) }) }))} />
        </Form.Item>
      )}
      <Form.Item name="note" label={t('exchange.note')}><Input.TextArea rows={3} maxLength={300} showCount /></Form.Item>
    </FormDialog>
  )
}
