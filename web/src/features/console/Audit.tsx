import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { OperatorAct } from '@/api/types'
import { t, tOr } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'

/** What operators did. */
export function Audit() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['console', 'audit', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/audit', { signal, params: { query: pageOf(search) } })),
  })
  const columns: Col<OperatorAct>[] = [
    { key: 'action', title: t('console.action'), fixed: true, render: (a) => tOr(`console.action.${a.action}`, a.action) },
    { key: 'object', title: t('console.object'), render: (a) => a.object },
    { key: 'detail', title: t('console.detail'), render: (a) => a.detail },
    { key: 'operator', title: t('console.operator'), render: (a) => a.operator },
    { key: 'at', title: t('app.time'), render: (a) => dateTime(a.at) },
  ]
  return (
    <Page name={t('console.audit')}>
      <section className="panel">
        <DataTable id="console-audit" label={t('console.audit')} query={query} columns={columns} rowKey={(a) => `${a.at}${a.object}${a.action}`} />
      </section>
    </Page>
  )
}
