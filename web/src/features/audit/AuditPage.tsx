import { Tabs } from 'antd'
import { t } from '@/i18n'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { Entries } from './Entries'
import { Notes } from './Notes'
import { Seals } from './Seals'
import { Statistics } from './Statistics'

/** The auditor's view: what was done, and how far it is sealed. */
export function AuditPage() {
  const [search, set] = useAddress()
  const tab = search.tab === 'chain' || search.tab === 'notes' || search.tab === 'statistics' ? search.tab : 'records'
  const tabs = [{ key: 'records', label: t('audit.records') }, { key: 'statistics', label: t('audit.statistics') }, { key: 'chain', label: t('audit.chain') }, { key: 'notes', label: t('audit.notes') }]
  return (
    <Page help="audit" name={t('audit.title')}>
      <section className="panel">
        <Tabs activeKey={tab} items={tabs} onChange={(key) => {
          set({ ...Object.fromEntries(Object.keys(search).map((k) => [k, undefined])), tab: key === 'records' ? undefined : key })
        }} />
        {tab === 'statistics' ? <Statistics /> : tab === 'chain' ? <Seals /> : tab === 'notes' ? <Notes /> : <Entries />}
      </section>
    </Page>
  )
}
