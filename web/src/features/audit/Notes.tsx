import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { AuditNote } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime, shortHash } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'

/** What was noted of the chain outside of the database. */
export function Notes() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['audit', 'notes', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/audit/notes', { signal, params: { query: pageOf(search) } })),
  })
  const columns: Col<AuditNote>[] = [
    { key: 'n', title: t('audit.note_no'), fixed: true, render: (x) => `#${x.n}` },
    { key: 'at', title: t('audit.noted_at'), date: true, render: (x) => dateTime(x.at) },
    { key: 'seal', title: t('audit.batch'), render: (x) => `#${x.seal}` },
    { key: 'same', title: t('audit.note_same'), render: (x) => <Tag color={x.same ? 'success' : 'error'}>{t(x.same ? 'audit.note_same.yes' : 'audit.note_same.no')}</Tag> },
    { key: 'retain', title: t('audit.retain_until'), date: true, render: (x) => dateTime(x.retain_until) },
    { key: 'sha256', title: t('audit.hash'), render: (x) => <span className="mono" title={x.sha256}>{shortHash(x.sha256)}</span> },
  ]
  return (
    <>
      <p className="quiet" style={{ marginTop: 0 }}>{t('audit.notes_hint')}</p>
      <DataTable id="notes" label={t('audit.notes')} query={query} columns={columns} rowKey={(x) => String(x.n)} empty={<Nothing text={t('audit.no_notes')} />} />
    </>
  )
}
