import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Descriptions, Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { AuditSeal } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable, pageOf } from '@/ui/DataTable'
import { dateTime, shortHash } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'

/** The chain of seals, and up to when it reaches. */
export function Seals() {
  const [search] = useAddress()
  const state = useQuery({ queryKey: ['audit', 'state'], queryFn: ({ signal }) => ok(client.GET('/audit/state', { signal })) })
  const query = useQuery({
    queryKey: ['audit', 'seals', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/audit/seals', { signal, params: { query: pageOf(search) } })),
  })
  const s = state.data
  const columns: Col<AuditSeal>[] = [
    { key: 'seq', title: t('audit.batch'), fixed: true, render: (x) => `#${x.seq}` },
    { key: 'at', title: t('audit.sealed_at'), date: true, render: (x) => dateTime(x.at) },
    { key: 'upto', title: t('audit.upto'), date: true, render: (x) => dateTime(x.upto_at) },
    { key: 'n', title: t('audit.entries'), align: 'right', render: (x) => x.n },
    { key: 'linked', title: t('audit.linked'), render: (x) => <Tag color={x.linked ? 'success' : 'error'}>{t(x.linked ? 'audit.linked.yes' : 'audit.linked.no')}</Tag> },
    { key: 'hash', title: t('audit.hash'), render: (x) => <span className="mono" title={x.hash}>{shortHash(x.hash)}</span> },
  ]
  return (
    <>
      <p className="quiet" style={{ marginTop: 0 }}>{t('audit.chain_hint')}</p>
      {s && (
        <Descriptions size="small" bordered column={{ xs: 1, md: 3 }} className="gap-below" items={[
          { key: 'upto', label: t('audit.sealed_upto'), children: dateTime(s.sealed_at) },
          { key: 'seals', label: t('audit.seals'), children: s.seals },
          { key: 'unsealed', label: t('audit.unsealed'), children: s.unsealed },
          { key: 'head', label: t('audit.head'), span: 'filled', children: <span className="mono" style={{ overflowWrap: 'anywhere' }}>{s.head}</span> },
        ]} />
      )}
      <DataTable id="seals" label={t('audit.chain')} query={query} columns={columns} rowKey={(x) => String(x.seq)} empty={<Nothing text={t('audit.no_seals')} />} />
    </>
  )
}
