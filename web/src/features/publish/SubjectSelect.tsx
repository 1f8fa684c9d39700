import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'

/** Chooses a role or a post to give a right to; says how many have it now. */
export function SubjectSelect({ kind, ...p }: { kind: 'role' | 'post'; id?: string; value?: string; onChange?: (id: string) => void }) {
  const [q, setQ] = useState('')
  const subjects = useQuery({
    queryKey: ['grant-subjects', kind, q],
    queryFn: ({ signal }) => ok(client.GET('/publish/subjects', { signal, params: { query: { kind, ...(q ? { q } : {}) } } })),
    placeholderData: keepPreviousData,
  })
  const options = (subjects.data?.items ?? []).map((s) => ({ value: s.id, label: `${s.within} ${s.name}`.trim(), note: t('grant.holders', { n: s.holders }) }))
  return (
    <Select {...p} showSearch={{ filterOption: false, onSearch: setQ }} loading={subjects.isFetching} options={options} placeholder={t(`grant.pick_${kind}`)}
      optionRender={(o) => <span>{o.data.label} <small className="quiet">{o.data.note}</small></span>} />
  )
}
