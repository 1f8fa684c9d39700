import { UploadOutlined } from '@ant-design/icons'
import { Button, Upload } from 'antd'
import { useState } from 'react'
import { t } from '@/i18n'

/** One file in a form, sent when the form is. */
export function PickFile({ onChange, id }: { onChange?: (file: File | undefined) => void; id?: string }) {
  const [name, setName] = useState('')
  const take = (file?: File) => { setName(file?.name ?? ''); onChange?.(file) }
  return (
    <Upload {...(id ? { id } : {})} maxCount={1} fileList={name ? [{ uid: '1', name }] : []} onRemove={() => { take() }} beforeUpload={(file) => { take(file); return false }}>
      <Button icon={<UploadOutlined />}>{t('attach.add')}</Button>
    </Upload>
  )
}
