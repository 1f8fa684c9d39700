import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Select, TreeSelect } from 'antd'
import { type CSSProperties, useState } from 'react'
import { client, ok } from '@/api/client'
import type { Department } from '@/api/types'
import { t } from '@/i18n'
import { treeOf } from './tree'

interface Pick { value?: string; onChange?: (id: string) => void; id?: string; placeholder?: string; allowClear?: boolean; style?: CSSProperties; 'aria-label'?: string }

/** Chooses a colleague by name; department and title tell namesakes apart. */
export function PersonSelect({ initial, ...p }: Pick & { initial?: { id: string; name: string } | null }) {
  const [q, setQ] = useState('')
  const people = useQuery({
    queryKey: ['directory', q],
    queryFn: ({ signal }) => ok(client.GET('/org/directory', { signal, params: { query: q ? { q } : {} } })),
    placeholderData: keepPreviousData,
  })
  const options = (people.data?.items ?? []).map((x) => ({ value: x.id, label: x.name, note: `${x.department} ${x.title}`.trim() }))
  if (initial && !options.some((o) => o.value === initial.id)) options.unshift({ value: initial.id, label: initial.name, note: '' })
  return (
    <Select {...p} showSearch={{ filterOption: false, onSearch: setQ }} loading={people.isFetching} options={options}
      placeholder={p.placeholder ?? t('pick.person')}
      optionRender={(o) => <span>{o.data.label} <small className="quiet">{o.data.note}</small></span>} />
  )
}

export function useDepartments() {
  return useQuery({
    queryKey: ['departments'],
    queryFn: ({ signal }) => ok(client.GET('/org/departments', { signal })),
  })
}

// How wide a tree is at least, however narrow its field: names do not break letter by letter.
const TREE = 280

/** Chooses a department from the tree. */
export function DepartmentSelect({ without, ...p }: Pick & { without?: string }) {
  const departments = useDepartments()
  const nodes = treeOf<Department>(departments.data?.items ?? [])
  const option = (n: (typeof nodes)[number]): object => ({
    value: n.row.id, title: n.row.name, disabled: n.row.id === without, children: n.children.map(option),
  })
  return (
    <TreeSelect {...p} treeData={nodes.map(option)} treeDefaultExpandAll showSearch={{ treeNodeFilterProp: 'title' }} popupMatchSelectWidth={TREE}
      loading={departments.isPending} placeholder={p.placeholder ?? t('pick.department')} />
  )
}
