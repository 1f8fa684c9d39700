import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Suspect } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { DeedItem } from './Deeds'
import './views.css'

/** What looks as if one thing had been made to count more than once. Nothing is taken off for it here. */
export function SuspectView({ round }: { round: string }) {
  const query = useQuery({
    queryKey: ['suspects', round], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/assess/rounds/{id}/suspects', { signal, params: { path: { id: round } } })),
  })
  return (
    <section className="panel">
      <h2>{t('suspect.title')}</h2>
      <p className="quiet">{t('suspect.hint')}</p>
      <Loaded query={query} isEmpty={(d) => d.items.length === 0} empty={<Nothing text={t('suspect.none')} />}>
        {(d) => (
          <>
            <p className="quiet">{t('suspect.days', { from: d.from, to: d.to })}{d.more && <> {t('suspect.more')}</>}</p>
            {d.items.map((s, i) => <Group key={`${s.reason}${i}`} suspect={s} />)}
          </>
        )}
      </Loaded>
    </section>
  )
}

function Group({ suspect: s }: { suspect: Suspect }) {
  return (
    <div className="stack">
      <h3>{s.title} <Tag color="warning">{t(`suspect.${s.reason}`, { n: s.n })}</Tag></h3>
      <div className="matrix" role="region" aria-label={s.title} tabIndex={0}>
        <table aria-label={s.title}>
          <thead><tr><th scope="col">{t('assess.unit')}</th><th scope="col">{t('assess.deed_item')}</th><th scope="col">{t('assess.deed_by')}</th><th scope="col">{t('app.time')}</th></tr></thead>
          <tbody>
            {s.deeds.map((d) => (
              <tr key={d.deed.id}>
                <th scope="row">{d.unit.name}</th>
                <td>{d.entry_id ? <DeedItem entry={d.entry_id} deed={d.deed} /> : d.deed.item.title}</td>
                <td>{d.deed.by_name}</td>
                <td className="num">{dateTime(d.deed.at)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}
