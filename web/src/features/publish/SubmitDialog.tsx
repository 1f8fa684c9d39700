import { useNavigate } from '@tanstack/react-router'
import { Alert, Checkbox, Form, Modal } from 'antd'
import { client, ok } from '@/api/client'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { WithTerm } from '@/ui/HelpLink'
import { useAction } from '@/ui/useAction'

/** Declares the item suitable for being online and sends it into review (R016). */
export function SubmitDialog({ item, open, close, before, version }: {
  item: Item; open: boolean; close: () => void; before: () => Promise<void>; version: () => number
}) {
  const [form] = Form.useForm<{ online_ok: boolean }>()
  const navigate = useNavigate()
  const submit = useAction({
    form,
    run: async (v: { online_ok: boolean }, act) => {
      await before()
      return ok(client.POST('/publish/items/{id}/submit', { ...act(), params: { path: { id: item.id } }, body: { online_ok: v.online_ok, version: version() } }))
    },
    done: () => t('item.submitted'),
    after: () => {
      close()
      void navigate({ to: '/publish/items/$id', params: { id: item.id }, replace: true })
    },
  })
  return (
    <Modal open={open} title={t('item.submit_title')} onCancel={close} okText={t('item.submit')} cancelText={t('app.cancel')} confirmLoading={submit.busy}
      onOk={() => { form.submit() }} destroyOnHidden>
      <Alert type="warning" showIcon title={<WithTerm of="online" about={t('item.submit_title')}>{t('item.online_warning')}</WithTerm>} className="gap-below" />
      <Form form={form} component="div" onFinish={submit.go} initialValues={{ online_ok: false }}>
        <Form.Item name="online_ok" valuePropName="checked" rules={[{ validator: (_, v) => (v ? Promise.resolve() : Promise.reject(new Error(t('item.online_required')))) }]}>
          <Checkbox>{t('item.online_ok')}</Checkbox>
        </Form.Item>
      </Form>
    </Modal>
  )
}
