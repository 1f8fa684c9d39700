import { Button, Tabs } from 'antd'
import { SyncOutlined } from '@ant-design/icons'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { Allowed } from './Allowed'
import { Editions } from './Editions'
import { Findings } from './Findings'
import { useDictionary } from './data'
import { Words } from './Words'

/** The words of the unit: the dictionary, what it lets pass, its versions, and what was found with it (R031). */
export function Wordcheck() {
  const [search, set] = useAddress()
  const dictionary = useDictionary().data
  const recheck = useAction({
    run: (_: null, act) => ok(client.POST('/wordcheck/recheck', { ...act() })),
    done: (b) => t('wordcheck.rechecking', { version: b.version }),
  })
  const tabs = [
    { key: 'words', label: named('wordcheck.words', dictionary?.words), children: <Words /> },
    { key: 'allowed', label: named('wordcheck.allowed', dictionary?.phrases), children: <Allowed /> },
    { key: 'versions', label: t('wordcheck.versions'), children: <Editions /> },
    { key: 'findings', label: named('wordcheck.findings', dictionary?.open), children: <Findings /> },
  ]
  return (
    <Page help="words" name={t('nav.wordcheck')} extra={<Button icon={<SyncOutlined spin={dictionary?.checking ?? false} />} loading={recheck.busy} onClick={() => { recheck.go(null) }}>{t('wordcheck.recheck')}</Button>}>
      <p className="quiet">{dictionary && standing(dictionary)}</p>
      <section className="panel">
        <Tabs activeKey={search.tab ?? 'words'} destroyOnHidden items={tabs}
          onChange={(tab) => { set({ tab, after: undefined, q: undefined, class: undefined, level: undefined, state: undefined }) }} />
      </section>
    </Page>
  )
}

function named(key: 'wordcheck.words' | 'wordcheck.allowed' | 'wordcheck.findings', n: number | undefined): string {
  return n === undefined ? t(key) : t('wordcheck.tab', { name: t(key), n })
}

// Which version there is, and what it has been held against.
function standing(d: { version: number; checked_version: number; checked_at?: string | null; checking: boolean; checked_items: number }): string {
  if (d.checking) return t('wordcheck.checking', { version: d.version, n: d.checked_items })
  if (d.checked_version === d.version && d.checked_at) return t('wordcheck.checked', { version: d.version, n: d.checked_items, at: dateTime(d.checked_at) })
  return t('wordcheck.unchecked', { version: d.version })
}
