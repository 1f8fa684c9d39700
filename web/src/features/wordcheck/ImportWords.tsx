import { Alert } from 'antd'
import type { WordReport } from '@/api/types'
import { t } from '@/i18n'
import { ImportDialog } from '@/ui/ImportDialog'
import { importWords } from './data'

/** Takes words from a file. */
export function ImportWords({ close }: { close: () => void }) {
  return (
    <ImportDialog title={t('wordcheck.import')} hint={t('wordcheck.import_hint')} drop={t('wordcheck.import_drop')} accept=".xlsx,.csv,.txt" ok={t('wordcheck.import_do')}
      send={importWords} ready={(r) => r.bad_count === 0 && r.added + r.changed > 0} close={close}
      done={(r) => t('wordcheck.imported', { added: r.added, changed: r.changed, version: r.version })}>
      {(r) => <Outcome report={r} />}
    </ImportDialog>
  )
}

function Outcome({ report: r }: { report: WordReport }) {
  return (
    <>
      <Alert type={r.bad_count > 0 ? 'error' : 'info'} showIcon
        title={t('wordcheck.import_sum', { rows: r.rows, added: r.added, changed: r.changed, same: r.same })}
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
    </>
  )
}
