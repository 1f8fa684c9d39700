import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Input, Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { EnvelopeState } from '@/api/types'
import { t } from '@/i18n'
import { pageOf } from '@/ui/DataTable'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { EnvelopeTable } from './EnvelopeTable'

const STATES = ['sent', 'received', 'adopted', 'declined'] as const

/** What the units below have sent up. */
export function Inbox() {
  const [search, set] = useAddress()
  const query = useQuery({
    queryKey: ['inbox', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/inbox', { signal, params: { query: {
      ...pageOf(search), ...(search.state ? { state: search.state as EnvelopeState } : {}), ...(search.q ? { q: search.q } : {}),
    } } })),
  })
  return (
    <Page help="inbox" name={t('nav.inbox')}>
      <section className="panel">
        <div className="filters">
          <Segmented value={search.state ?? ''} onChange={(state) => { set({ state, after: undefined }) }}
            options={[{ value: '', label: t('app.all') }, ...STATES.map((s) => ({ value: s as string, label: t(s === 'sent' ? 'envelope.waiting' : `envelope.state.${s}`) }))]} />
          <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('exchange.search')} aria-label={t('exchange.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        </div>
        <EnvelopeTable direction="in" query={query} empty={<Nothing text={t('exchange.empty_in')} />} />
      </section>
    </Page>
  )
}
