import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'

interface Pick { value?: string; onChange?: (id: string | undefined) => void; id?: string; 'aria-label'?: string; className?: string; placeholder?: string; allowClear?: boolean }

/** Chooses a group; the server looks for it, because there may be many. */
export function GroupSelect(p: Pick) {
  const [q, setQ] = useState('')
  const groups = useQuery({
    queryKey: ['console', 'groups', 'pick', q], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/console/groups', { signal, params: { query: { limit: 50, sort: 'name', ...(q ? { q } : {}) } } })),
  })
  return (
    <Select {...p} showSearch={{ filterOption: false, onSearch: setQ }} loading={groups.isFetching}
      options={(groups.data?.items ?? []).map((g) => ({ value: g.id, label: g.name }))} />
  )
}

/** Chooses a tenant of a group, in the order of its tree. */
export function TenantSelect({ group, ...p }: Pick & { group?: string }) {
  const [q, setQ] = useState('')
  const tenants = useQuery({
    queryKey: ['console', 'tenants', 'pick', group, q], placeholderData: keepPreviousData, enabled: group !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/console/tenants', { signal, params: { query: { limit: 50, ...(group ? { group } : {}), ...(q ? { q } : {}) } } })),
  })
  return (
    <Select {...p} allowClear showSearch={{ filterOption: false, onSearch: setQ }} loading={tenants.isFetching}
      options={(tenants.data?.items ?? []).filter((x) => x.group_id === group).map((x) => ({ value: x.id, label: x.name, note: x.path.map((a) => a.name).join(' / ') }))}
      optionRender={(o) => <span>{o.data.label} <small className="quiet">{o.data.note}</small></span>} />
  )
}
