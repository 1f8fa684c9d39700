import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Input, Segmented } from 'antd'
import { client, ok } from '@/api/client'
import type { Envelope, EnvelopeState } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'
import { useBatch } from '@/ui/useBatch'
import { EnvelopeTable } from './EnvelopeTable'

const STATES = ['sent', 'received', 'adopted', 'declined'] as const

/** What the units below have sent up. */
export function Inbox() {
  const [search, set] = useAddress()
  const asked = {
    ...sortedPageOf<'/exchange/inbox'>(search), ...(search.state ? { state: search.state as EnvelopeState } : {}), ...(search.q ? { q: search.q } : {}),
  }
  const query = useQuery({
    queryKey: ['inbox', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/inbox', { signal, params: { query: asked } })),
  })
  const receive = useBatch<Envelope>({
    run: (e, act) => ok(client.POST('/exchange/envelopes/{id}/receive', { ...act(), params: { path: { id: e.id } }, body: { version: e.version } })),
    done: (n) => t('batch.receive_done', { n }),
  })
  return (
    <Page help="inbox" name={t('nav.inbox')}>
      <section className="panel">
        <div className="filters">
          <Segmented value={search.state ?? ''} onChange={(state) => { set({ state, after: undefined }) }}
            options={[{ value: '', label: t('app.all') }, ...STATES.map((s) => ({ value: s as string, label: t(s === 'sent' ? 'envelope.waiting' : `envelope.state.${s}`) }))]} />
          <Input.Search className="grow" allowClear defaultValue={search.q} placeholder={t('exchange.search')} aria-label={t('exchange.search')} onSearch={(q) => { set({ q, after: undefined }) }} />
        </div>
        <EnvelopeTable direction="in" query={query} empty={<Nothing text={t('exchange.empty_in')} />}
          exportHref={exportHref('/exchange/inbox', asked, currentLocale())}
          batch={[{ key: 'receive', label: t('batch.receive'), may: (e) => e.state === 'sent', go: receive }]} />
      </section>
    </Page>
  )
}
