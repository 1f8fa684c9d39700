import { InboxOutlined } from '@ant-design/icons'
import { App, Form, Input, Upload, type UploadFile } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

interface Draft { title: string; reference?: string; reason: string; text?: string; files?: UploadFile[] }

// Files are not sent: only what they are known by.
async function digest(file: UploadFile) {
  const bytes = await (file.originFileObj as Blob).arrayBuffer()
  const sum = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  return { name: file.name, sha256: Array.from(sum, (b) => b.toString(16).padStart(2, '0')).join('') }
}

/** Says of a document that it must not be put online: by its text, its files, or both (R017). */
export function MarkDialog({ open, close }: { open: boolean; close: () => void }) {
  const [form] = Form.useForm<Draft>()
  const { message } = App.useApp()
  const mark = useAction({
    form,
    run: async (v: Draft, act) => ok(client.POST('/publish/offline', { ...act(), body: {
      title: v.title, reason: v.reason, ...(v.reference ? { reference: v.reference } : {}), ...(v.text ? { text: v.text } : {}),
      files: await Promise.all((v.files ?? []).map(digest)),
    } })),
    done: (m) => t('offline.marked', { title: m.title }),
    after: (m) => {
      close()
      if (m.online.length > 0) void message.warning(t('offline.already', { n: m.online.length }), 8)
    },
  })
  return (
    <FormDialog title={t('offline.mark')} open={open} close={close} form={form} action={mark} ok={t('offline.mark')} width={600}>
      <Form.Item name="title" label={t('offline.document')} rules={[required(t('offline.document'))]}><Input maxLength={80} showCount /></Form.Item>
      <Form.Item name="reference" label={t('offline.reference')}><Input maxLength={80} placeholder={t('offline.reference_ph')} /></Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={2} maxLength={200} showCount /></Form.Item>
      <Form.Item name="text" label={t('offline.text')} extra={t('offline.text_hint')}><Input.TextArea rows={4} /></Form.Item>
      <Form.Item name="files" label={t('offline.files')} extra={t('offline.files_hint')} valuePropName="fileList" getValueFromEvent={(e: { fileList: UploadFile[] }) => e.fileList}>
        <Upload.Dragger multiple maxCount={50} beforeUpload={() => false}><p><InboxOutlined /> {t('offline.choose')}</p></Upload.Dragger>
      </Form.Item>
    </FormDialog>
  )
}
