import { DownloadOutlined, UploadOutlined } from '@ant-design/icons'
import { Alert, Button } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { octets } from '@/api/octets'
import type { Scheme, SchemeImport } from '@/api/types'
import { t, tOr } from '@/i18n'
import { ImportDialog } from '@/ui/ImportDialog'

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
      {open && <Import scheme={scheme} close={() => { setOpen(false) }} />}
    </>
  )
}

function Import({ scheme, close }: { scheme: Scheme; close: () => void }) {
  return (
    <ImportDialog title={t('scheme.import')} hint={t('scheme.import_hint')} drop={t('scheme.import_drop')} accept={Object.keys(TYPES).join(',')} ok={t('scheme.import_do')}
      send={(f, dry, headers) => send(scheme, f, dry, headers)} ready={(r) => r.bad_count === 0} close={close}
      done={(r) => t('scheme.imported', { rules: r.rules, units: r.units })}>
      {(r) => (
        <>
          <Alert type={r.bad_count > 0 ? 'error' : 'info'} showIcon title={t('scheme.import_sum', { rules: r.rules, headings: r.headings, units: r.units })}
            description={r.bad_count > 0 ? t('scheme.import_bad', { n: r.bad_count }) : t('scheme.import_replaces')} />
          {r.bad.length > 0 && <ul className="lines">{r.bad.map((b) => <li key={`${b.sheet}${b.row}${b.field}`}>{wrong(b)}</li>)}</ul>}
        </>
      )}
    </ImportDialog>
  )
}

const wrong = (b: SchemeImport['bad'][number]) => t('scheme.import_row', {
  sheet: b.sheet, row: b.row, what: tOr(`error.${b.code}`, b.code), value: b.value ? t('scheme.import_value', { value: b.value }) : b.field,
})

function send(scheme: Scheme, file: Blob, dry: boolean, headers: Record<string, string>): Promise<SchemeImport> {
  return ok(client.POST('/assess/schemes/{id}/import', {
    ...octets(file, headers), params: { path: { id: scheme.id }, query: { dry_run: dry, version: scheme.version } },
  } as never)) as Promise<SchemeImport>
}
