import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { OperatorAct } from '@/api/types'
import { currentLocale, t, tOr } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Page } from '@/ui/Page'
import { exportHref } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'

/** What operators did. */
export function Audit() {
  const [search] = useAddress()
  const query = useQuery({
    queryKey: ['console', 'audit', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/audit', { signal, params: { query: pageOf(search) } })),
  })
  const columns: Col<OperatorAct>[] = [
    { key: 'action', title: t('console.action'), fixed: true, render: (a) => tOr(`console.action.${a.action.replace(/^console\./, '')}`, a.action) },
    { key: 'object', title: t('console.object'), render: (a) => a.object_name || (said(a).name ?? '') },
    { key: 'detail', title: t('console.detail'), render: (a) => { const d = said(a); return [d.slug, d.admin_name, d.admin_login, d.login, d.reason].filter(Boolean).join(' ') } },
    { key: 'operator', title: t('console.operator'), render: (a) => a.operator },
    { key: 'at', title: t('app.time'), date: true, render: (a) => dateTime(a.at) },
  ]
  return (
    <Page help="console#audit" name={t('console.audit')}>
      <section className="panel">
        <DataTable id="console-audit" label={t('console.audit')} query={query} columns={columns} rowKey={(a) => a.id}
          exportHref={exportHref('/console/audit', {}, currentLocale())} />
      </section>
    </Page>
  )
}

function said(a: OperatorAct): Record<string, string | undefined> {
  try {
    const detail: unknown = JSON.parse(a.detail)
    return detail && typeof detail === 'object' ? detail as Record<string, string> : {}
  } catch {
    return { reason: a.detail }
  }
}
