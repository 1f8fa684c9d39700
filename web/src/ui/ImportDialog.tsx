import { InboxOutlined } from '@ant-design/icons'
import { Modal, Upload } from 'antd'
import { type ReactNode, useState } from 'react'
import { t } from '@/i18n'
import { useAction } from './useAction'

interface Props<R> {
  title: string
  hint: string
  /** What to do, until a file is chosen. */
  drop: string
  /** The endings of files it takes. */
  accept: string
  ok: string
  width?: number
  /** Sends the file; a dry run only says what it would change and what is wrong with it. */
  send: (file: File, dry: boolean, headers: Record<string, string>) => Promise<R>
  ready: (report: R) => boolean
  done: (report: R) => string
  close: () => void
  /** The report of the dry run. */
  children: (report: R) => ReactNode
}

/** Takes a file in: first what it would change and what is wrong with it, then the change. */
export function ImportDialog<R>(p: Props<R>) {
  const [file, setFile] = useState<File>()
  const [report, setReport] = useState<R>()
  const look = useAction({ run: (f: File, act) => p.send(f, true, act().headers), after: setReport })
  const take = useAction({ run: (f: File, act) => p.send(f, false, act().headers), done: p.done, after: p.close })
  return (
    <Modal title={p.title} open onCancel={p.close} width={p.width ?? 520} okText={p.ok} cancelText={t('app.cancel')}
      confirmLoading={take.busy} okButtonProps={{ disabled: report === undefined || !p.ready(report) }} onOk={() => { if (file) take.go(file) }}>
      <p className="quiet">{p.hint}</p>
      <Upload.Dragger accept={p.accept} maxCount={1} showUploadList={false} disabled={look.busy} beforeUpload={(f) => {
        setFile(f)
        setReport(undefined)
        look.go(f)
        return false
      }}>
        <p><InboxOutlined style={{ fontSize: 28 }} /></p>
        <p>{file?.name ?? p.drop}</p>
      </Upload.Dragger>
      {report !== undefined && <div className="stack" style={{ marginTop: 12 }} aria-live="polite">{p.children(report)}</div>}
    </Modal>
  )
}
