import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Button, Drawer, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { WordEdition } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'

/** Every version the dictionary has had, and what each changed. */
export function Editions() {
  const [search] = useAddress()
  const [shown, setShown] = useState<number>()
  const query = useQuery({
    queryKey: ['wordcheck', 'versions', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/wordcheck/versions', { signal, params: { query: pageOf(search) } })),
  })
  const columns: Col<WordEdition>[] = [
    { key: 'version', title: t('wordcheck.version'), fixed: true, align: 'right', render: (v) => v.version },
    { key: 'action', title: t('wordcheck.action'), render: (v) => t(`wordcheck.action.${v.action}`) },
    { key: 'changes', title: t('wordcheck.changes'), render: (v) => counts(v) },
    { key: 'by', title: t('app.person'), render: (v) => v.by || t('wordcheck.builtin') },
    { key: 'at', title: t('app.time'), render: (v) => dateTime(v.at) },
    { key: 'look', title: '', fixed: true, align: 'right', render: (v) => <Button size="small" onClick={() => { setShown(v.version) }}>{t('wordcheck.look')}</Button> },
  ]
  return (
    <>
      <DataTable id="word-versions" label={t('wordcheck.versions')} query={query} columns={columns} rowKey={(v) => String(v.version)} empty={<Nothing text={t('wordcheck.words_empty')} />} />
      <Drawer title={shown === undefined ? '' : t('wordcheck.version_title', { version: shown })} open={shown !== undefined} onClose={() => { setShown(undefined) }} size="large">
        {shown !== undefined && <Changes version={shown} />}
      </Drawer>
    </>
  )
}

const counts = (v: WordEdition) => (['added', 'changed', 'removed'] as const)
  .filter((k) => v[k] > 0).map((k) => t('wordcheck.tab', { name: t(`wordcheck.act.${k}`), n: v[k] })).join(' · ')

function Changes({ version }: { version: number }) {
  const query = useQuery({
    queryKey: ['wordcheck', 'changes', version],
    queryFn: ({ signal }) => ok(client.GET('/wordcheck/versions/{version}/changes', { signal, params: { path: { version }, query: { limit: 200 } } })),
  })
  return (
    <Loaded query={query}>
      {(data) => (
        <>
          <ul className="lines">
            {data.items.map((c) => (
              <li key={c.n}><Tag>{t(`wordcheck.act.${c.act}`)}</Tag><span className="grow">{c.kind === 'phrase' ? t('wordcheck.phrase_is', { word: c.word }) : c.word}{c.advice && ` → ${c.advice}`}</span></li>
            ))}
          </ul>
          {data.next && <p className="quiet">{t('wordcheck.more')}</p>}
        </>
      )}
    </Loaded>
  )
}
