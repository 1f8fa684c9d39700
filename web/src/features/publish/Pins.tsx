import { PushpinFilled } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { day } from '@/ui/format'

/** What stands first in a column. */
export function Pins({ column }: { column: string }) {
  const query = useQuery({
    queryKey: ['items', 'pins', column],
    queryFn: ({ signal }) => ok(client.GET('/publish/columns/{id}/pins', { signal, params: { path: { id: column } } })),
  })
  if (!query.data || query.data.items.length === 0) return null
  return (
    <ul className="lines" aria-label={t('pin.list')}>
      {query.data.items.map((i) => (
        <li key={i.id} className="row">
          <PushpinFilled style={{ color: 'var(--ant-color-primary)' }} />
          <Link to="/publish/items/$id" params={{ id: i.id }}>{i.read ? i.title : <strong>{i.title}</strong>}</Link>
          <span className="quiet">{day(i.published_at)}</span>
        </li>
      ))}
    </ul>
  )
}
