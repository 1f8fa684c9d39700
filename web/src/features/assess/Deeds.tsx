import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { Deed } from '@/api/types'
import { t, tOr } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { SampleButton, sampleable } from './Sample'

/** The item of a deed, with why it counts or not, and the way to the text. */
export function DeedItem({ entry, deed }: { entry: string; deed: Deed }) {
  const { href, title, note } = deed.item
  return (
    <>
      {href ? <HrefLink href={href}>{title}</HrefLink> : title}
      {(note || deed.note) && <div className="quiet">{[note, deed.note].filter(Boolean).map((n) => tOr(`deed.note.${n}`, n)).join(' ')}</div>}
      {sampleable(deed) && <div><SampleButton entry={entry} deed={deed} /></div>}
    </>
  )
}

/** The deeds that an entry rests on. */
export function Deeds({ round, entry }: { round: string; entry: string }) {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['deeds', round, entry, search.after, search.limit],
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/entries/{entry}/deeds', { signal, params: { path: { id: round, entry }, query: pageOf(search) } })),
  })
  const columns: Col<Deed>[] = [
    { key: 'item', title: t('assess.deed_item'), fixed: true, render: (d) => <DeedItem entry={entry} deed={d} /> },
    { key: 'by', title: t('assess.deed_by'), render: (d) => d.by_name },
    { key: 'at', title: t('app.time'), render: (d) => dateTime(d.at) },
    { key: 'level', title: t('journal.level'), render: (d) => (d.level ? tOr(`journal.level.${d.level}`, d.level) : '') },
    { key: 'points', title: t('assess.points'), align: 'right', render: (d) => d.points },
  ]
  return <DataTable id="deeds" label={t('assess.deeds')} query={query} columns={columns} rowKey={(d) => d.id} empty={<Nothing text={t('assess.no_deeds')} />} />
}
