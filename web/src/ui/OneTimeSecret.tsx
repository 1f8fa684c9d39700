import { CopyOutlined } from '@ant-design/icons'
import { Alert, App, Button, Input, Modal, Space } from 'antd'
import { t } from '@/i18n'

/** Something shown once, to be handed over: a first password or a link. It is kept nowhere else. */
export function OneTimeSecret({ title, hint, secret, close }: {
  title: string; hint: string; secret: string | undefined; close: () => void
}) {
  const { message } = App.useApp()
  const copy = async () => {
    await navigator.clipboard.writeText(secret ?? '')
    void message.success(t('app.copied'))
  }
  return (
    <Modal open={secret !== undefined} destroyOnHidden title={title} onCancel={close} closable={false} keyboard={false} mask={{ closable: false }}
      footer={<Button type="primary" onClick={close}>{t('secret.done')}</Button>}>
      <Alert type="warning" showIcon title={t('secret.once')} description={hint} className="gap-below" />
      <Space.Compact block>
        <Input readOnly value={secret ?? ''} aria-label={title} className="mono" onFocus={(e) => { e.target.select() }} />
        <Button icon={<CopyOutlined />} onClick={() => void copy()}>{t('app.copy')}</Button>
      </Space.Compact>
    </Modal>
  )
}
