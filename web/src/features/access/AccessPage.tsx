import { Tabs } from 'antd'
import { t } from '@/i18n'
import { Page } from '@/ui/Page'
import { useAddress } from '@/ui/useAddress'
import { Administrators } from './Administrators'
import { Explain } from './Explain'
import { Requests } from './Requests'
import { Restrictions } from './Restrictions'

const TABS = ['explain', 'requests', 'restrictions', 'administrators'] as const
const PANES = { explain: Explain, requests: Requests, restrictions: Restrictions, administrators: Administrators }

/** Who may do what and why, what was asked for, sanctions, and the three administrators. */
export function AccessPage() {
  const [search, set] = useAddress()
  const tab = TABS.find((x) => x === search.tab) ?? 'explain'
  const Pane = PANES[tab]
  return (
    <Page help="access" name={t('nav.access_manage')}>
      <section className="panel">
        <Tabs activeKey={tab} items={TABS.map((key) => ({ key, label: t(`access.tab.${key}`) }))} onChange={(key) => {
          set({ ...Object.fromEntries(Object.keys(search).map((k) => [k, undefined])), tab: key })
        }} />
        <Pane />
      </section>
    </Page>
  )
}
