import { InboxOutlined } from '@ant-design/icons'
import { Alert, Modal, Upload } from 'antd'
import { useState } from 'react'
import type { WordReport } from '@/api/types'
import { t } from '@/i18n'
import { useAction } from '@/ui/useAction'
import { importWords } from './data'

/** Takes words from a file: first what it would change and what is wrong with it, then the change. */
export function ImportDialog({ open, close }: { open: boolean; close: () => void }) {
  const [file, setFile] = useState<File>()
  const [report, setReport] = useState<WordReport>()
  const end = () => {
    setFile(undefined)
    setReport(undefined)
    close()
  }
  const look = useAction({ run: (f: File, act) => importWords(f, true, act().headers), after: setReport })
  const take = useAction({
    run: (f: File, act) => importWords(f, false, act().headers),
    done: (r) => t('wordcheck.imported', { added: r.added, changed: r.changed, version: r.version }),
    after: end,
  })
  const ready = report !== undefined && report.bad_count === 0 && report.added + report.changed > 0
  return (
    <Modal title={t('wordcheck.import')} open={open} onCancel={end} destroyOnHidden okText={t('wordcheck.import_do')} cancelText={t('app.cancel')}
      confirmLoading={take.busy} okButtonProps={{ disabled: !ready }} onOk={() => { if (file) take.go(file) }}>
      <p className="quiet">{t('wordcheck.import_hint')}</p>
      <Upload.Dragger accept=".xlsx,.csv,.txt" maxCount={1} showUploadList={false} beforeUpload={(f) => {
        setFile(f)
        setReport(undefined)
        look.go(f)
        return false
      }}>
        <p><InboxOutlined style={{ fontSize: 28 }} /></p>
        <p>{file?.name ?? t('wordcheck.import_drop')}</p>
      </Upload.Dragger>
      {report && <Outcome report={report} />}
    </Modal>
  )
}

function Outcome({ report: r }: { report: WordReport }) {
  return (
    <div className="stack" style={{ marginTop: 12 }} aria-live="polite">
      <Alert type={r.bad_count > 0 ? 'error' : 'info'} showIcon
        message={t('wordcheck.import_sum', { rows: r.rows, added: r.added, changed: r.changed, same: r.same })}
        description={r.bad_count > 0 ? t('wordcheck.import_bad', { n: r.bad_count }) : undefined} />
      {r.bad.length > 0 && (
        <ul className="lines">{r.bad.map((b) => <li key={b.row}>{t('wordcheck.bad_row', { row: b.row, field: t(`wordcheck.${b.field}`), value: b.value })}</li>)}</ul>
      )}
      {r.twice_count > 0 && (
        <>
          <p>{t('wordcheck.import_twice', { n: r.twice_count })}</p>
          <ul className="lines">{r.twice.slice(0, 10).map((d) => <li key={d.row}>{t('wordcheck.twice_row', { row: d.row, of: d.of, word: d.word })}</li>)}</ul>
        </>
      )}
    </div>
  )
}
