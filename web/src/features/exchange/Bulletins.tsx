import { PlusOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Button, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { Bulletin } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'

const COLUMNS: () => Col<Bulletin>[] = () => [
  { key: 'title', title: t('item.title'), sort: 'title', fixed: true, render: (b) => <Link className="title" to="/exchange/bulletins/$id" params={{ id: b.id }}>{b.title}</Link> },
  { key: 'issuer', title: t('bulletin.issuer'), render: (b) => <>{b.issuer.name} {b.direction === 'out' && <Tag color="success">{t('bulletin.ours')}</Tag>}</> },
  { key: 'period', title: t('bulletin.period'), render: (b) => t('sheet.period', { from: b.from, to: b.to }) },
  { key: 'issued', title: t('bulletin.issued_at'), sort: '-issued_at', date: true, render: (b) => dateTime(b.issued_at) },
  { key: 'by', title: t('bulletin.issued_by'), render: (b) => b.issued_by },
]

/** The bulletins issued here and those that came from above. */
export function Bulletins() {
  const [search] = useAddress()
  const receive = useCan()('exchange.receive')
  const navigate = useNavigate()
  const query = useQuery({
    queryKey: ['bulletins', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/bulletins', { signal, params: { query: sortedPageOf<'/exchange/bulletins'>(search) } })),
  })
  return (
    <Page help="bulletins" name={t('nav.bulletins')} extra={receive && <Button type="primary" icon={<PlusOutlined />} onClick={() => void navigate({ to: '/exchange/bulletins/new' })}>{t('bulletin.new')}</Button>}>
      <section className="panel">
        <DataTable id="bulletins" label={t('nav.bulletins')} query={query} columns={COLUMNS()} rowKey={(b) => b.id} empty={<Nothing text={t('bulletin.empty')} />} />
      </section>
    </Page>
  )
}
