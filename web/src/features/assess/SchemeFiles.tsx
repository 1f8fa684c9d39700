import { DownloadOutlined, InboxOutlined, UploadOutlined } from '@ant-design/icons'
import { Alert, Button, Modal, Upload } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Scheme, SchemeImport } from '@/api/types'
import { t, tOr } from '@/i18n'
import { useAction } from '@/ui/useAction'

const TYPES: Record<string, string> = { '.xlsx': 'xlsx', '.json': 'json' }

/** A scheme as a file, and a draft out of one. */
export function SchemeFiles({ scheme, manage }: { scheme: Scheme; manage: boolean }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      {Object.entries(TYPES).map(([ext, format]) => (
        <Button key={ext} icon={<DownloadOutlined />} href={`/api/assess/schemes/${scheme.id}/file?format=${format}`} download>{t(`scheme.export_${format as 'xlsx' | 'json'}`)}</Button>
      ))}
      {manage && scheme.state === 'draft' && <Button icon={<UploadOutlined />} onClick={() => { setOpen(true) }}>{t('scheme.import')}</Button>}
      <Import scheme={scheme} open={open} close={() => { setOpen(false) }} />
    </>
  )
}

// First what is wrong with the file; only then is it taken in.
function Import({ scheme, open, close }: { scheme: Scheme; open: boolean; close: () => void }) {
  const [file, setFile] = useState<File>()
  const [report, setReport] = useState<SchemeImport>()
  const end = () => {
    setFile(undefined)
    setReport(undefined)
    close()
  }
  const look = useAction({ run: (f: File, act) => send(scheme, f, true, act().headers), after: setReport })
  const take = useAction({
    run: (f: File, act) => send(scheme, f, false, act().headers),
    done: (r) => t('scheme.imported', { rules: r.rules, units: r.units }),
    after: end,
  })
  return (
    <Modal title={t('scheme.import')} open={open} onCancel={end} destroyOnHidden okText={t('scheme.import_do')} cancelText={t('app.cancel')}
      confirmLoading={take.busy} okButtonProps={{ disabled: !report || report.bad_count > 0 }} onOk={() => { if (file) take.go(file) }}>
      <p className="quiet">{t('scheme.import_hint')}</p>
      <Upload.Dragger accept={Object.keys(TYPES).join(',')} maxCount={1} showUploadList={false} beforeUpload={(f) => {
        setFile(f)
        setReport(undefined)
        look.go(f)
        return false
      }}>
        <p><InboxOutlined style={{ fontSize: 28 }} /></p>
        <p>{file?.name ?? t('scheme.import_drop')}</p>
      </Upload.Dragger>
      {report && (
        <div className="stack" style={{ marginTop: 12 }} aria-live="polite">
          <Alert type={report.bad_count > 0 ? 'error' : 'info'} showIcon title={t('scheme.import_sum', { rules: report.rules, headings: report.headings, units: report.units })}
            description={report.bad_count > 0 ? t('scheme.import_bad', { n: report.bad_count }) : t('scheme.import_replaces')} />
          {report.bad.length > 0 && <ul className="lines">{report.bad.map((b) => <li key={`${b.sheet}${b.row}${b.field}`}>{wrong(b)}</li>)}</ul>}
        </div>
      )}
    </Modal>
  )
}

const wrong = (b: SchemeImport['bad'][number]) => t('scheme.import_row', {
  sheet: b.sheet, row: b.row, what: tOr(`error.${b.code}`, b.code), value: b.value ? t('scheme.import_value', { value: b.value }) : b.field,
})

function send(scheme: Scheme, file: Blob, dry: boolean, headers: Record<string, string> = {}): Promise<SchemeImport> {
  return ok(client.POST('/assess/schemes/{id}/import', {
    params: { path: { id: scheme.id }, query: { dry_run: dry, version: scheme.version } }, body: file as never, bodySerializer: (b: unknown) => b as Blob,
    headers: { ...headers, 'Content-Type': 'application/octet-stream' },
  } as never)) as Promise<SchemeImport>
}
