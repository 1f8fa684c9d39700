import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { client, ok } from '@/api/client'
import { currentLocale, t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, sortedPageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'
import { EnvelopeTable } from './EnvelopeTable'

/** What was sent up, and what became of it. */
export function Outbox() {
  const [search] = useAddress()
  const asked = sortedPageOf<'/exchange/outbox'>(search)
  const query = useQuery({
    queryKey: ['outbox', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/exchange/outbox', { signal, params: { query: asked } })),
  })
  return (
    <Page help="reporting" name={t('nav.outbox')}>
      <section className="panel">
        <EnvelopeTable direction="out" query={query} exportHref={exportHref('/exchange/outbox', asked, currentLocale())} empty={<Nothing text={t('exchange.empty_out')}><Link to="/publish/mine">{t('nav.mine')}</Link></Nothing>} />
      </section>
    </Page>
  )
}
