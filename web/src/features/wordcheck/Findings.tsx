import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Segmented, Select, Space, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { WordFinding, WordLevel } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'
import { Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { COLOR, levels } from './data'

const STATES = ['open', 'ignored', 'fixed'] as const
type State = (typeof STATES)[number]

/** Published things in which words of the dictionary stand. */
export function Findings() {
  const [search, set] = useAddress()
  const state = (search.state ?? 'open') as State
  const query = useQuery({
    queryKey: ['wordcheck', 'findings', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/wordcheck/findings', { signal, params: { query: { ...pageOf(search), state, ...(search.level ? { level: search.level as WordLevel } : {}) } } })),
  })
  const settle = useAction({
    run: ({ f, to }: { f: WordFinding; to: 'open' | 'ignored' }, act) => ok(client.PATCH('/wordcheck/findings/{id}', { ...act(), params: { path: { id: f.id } }, body: { state: to, version: f.version } })),
    done: (f) => t(f.state === 'ignored' ? 'wordcheck.ignored' : 'wordcheck.reopened', { title: f.title }),
    undo: (f, { to }, act) => ok(client.PATCH('/wordcheck/findings/{id}', { ...act(), params: { path: { id: f.id } }, body: { state: to === 'open' ? 'ignored' : 'open', version: f.version } })),
  })
  const columns: Col<WordFinding>[] = [
    { key: 'title', title: t('wordcheck.item'), fixed: true, render: (f) => <HrefLink href={f.href}>{f.title}</HrefLink> },
    { key: 'words', title: t('wordcheck.words'), render: (f) => <Space size={4} wrap>{f.words.map((w) => <Tag key={w}>{w}</Tag>)}</Space> },
    { key: 'hits', title: t('wordcheck.hits'), render: (f) => (
      <Space size={4}>
        {([['block', f.blocks], ['warn', f.warns], ['hint', f.hints]] as const).filter(([, n]) => n > 0)
          .map(([l, n]) => <Tag key={l} color={COLOR[l] ?? ''}>{t('wordcheck.tab', { name: t(`wordcheck.level.${l}`), n })}</Tag>)}
      </Space>
    ) },
    { key: 'version', title: t('wordcheck.version'), align: 'right', extra: true, render: (f) => f.dictionary },
    { key: 'at', title: t('wordcheck.found_at'), render: (f) => dateTime(f.found_at) },
    { key: 'actions', title: '', fixed: true, align: 'right', render: (f) => f.state === 'fixed' ? null : (
      <Button size="small" onClick={() => { settle.go({ f, to: f.state === 'open' ? 'ignored' : 'open' }) }}>{t(f.state === 'open' ? 'wordcheck.ignore' : 'wordcheck.reopen')}</Button>
    ) },
  ]
  return (
    <>
      <div className="filters">
        <Segmented value={state} onChange={(s) => { set({ state: s, after: undefined }) }} options={STATES.map((s) => ({ value: s, label: t(`wordcheck.state.${s}`) }))} />
        <Select allowClear value={search.level} placeholder={t('wordcheck.level')} aria-label={t('wordcheck.level')} options={levels()} style={{ minWidth: 100 }} onChange={(level?: string) => { set({ level, after: undefined }) }} />
      </div>
      <DataTable id="word-findings" label={t('wordcheck.findings')} query={query} columns={columns} rowKey={(f) => f.id} empty={<Nothing text={t('wordcheck.findings_empty')} />} />
    </>
  )
}
