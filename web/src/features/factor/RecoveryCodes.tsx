import { CopyOutlined, DownloadOutlined } from '@ant-design/icons'
import { Alert, App, Button, Checkbox } from 'antd'
import { useState } from 'react'
import { t } from '@/i18n'
import './factor.css'

/** Recovery codes, shown once: to be copied or kept as a file before going on. */
export function RecoveryCodes({ codes, done }: { codes: string[]; done: () => void }) {
  const { message } = App.useApp()
  const [kept, setKept] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join('\n'))
    void message.success(t('app.copied'))
  }
  const file = `data:text/plain;charset=utf-8,${encodeURIComponent(`${t('factor.recovery_file')}\n\n${codes.join('\n')}\n`)}`
  return (
    <div className="stack">
      <Alert type="warning" showIcon title={t('factor.recovery_once')} description={t('factor.recovery_keep')} />
      <ol className="factor-codes mono">{codes.map((c) => <li key={c}>{c}</li>)}</ol>
      <div className="row-between">
        <Button icon={<CopyOutlined />} onClick={() => void copy()}>{t('app.copy')}</Button>
        <Button icon={<DownloadOutlined />} href={file} download={`${t('factor.recovery_codes')}.txt`}>{t('factor.recovery_save')}</Button>
      </div>
      <Checkbox checked={kept} onChange={(e) => { setKept(e.target.checked) }}>{t('factor.recovery_kept')}</Checkbox>
      <Button type="primary" block disabled={!kept} onClick={done}>{t('factor.done')}</Button>
    </div>
  )
}
