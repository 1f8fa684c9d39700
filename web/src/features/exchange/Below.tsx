import { useQuery } from '@tanstack/react-query'
import { Form, Radio, TreeSelect } from 'antd'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { chosen } from '@/ui/FormDialog'
import { treeOf } from '@/ui/tree'

export interface Audience { who: 'all' | 'some'; targets?: string[] }

/** The audience as the server takes it. */
export function audienceOf(v: Audience): { all: true } | { targets: string[] } {
  return v.who === 'all' ? { all: true } : { targets: v.targets ?? [] }
}

export function useBelow() {
  return useQuery({ queryKey: ['exchange-below'], queryFn: ({ signal }) => ok(client.GET('/exchange/below', { signal })) })
}

/** To whom: every unit below, or those chosen from the tree. */
export function AudienceFields({ label }: { label: string }) {
  const below = useBelow()
  const rows = below.data?.items ?? []
  const ids = new Set(rows.map((r) => r.id))
  // A unit whose parent is this one, or is suspended, stands at the top.
  const nodes = treeOf(rows.map((r) => ({ ...r, parent_id: ids.has(r.parent_id) ? r.parent_id : null })))
  const option = (n: (typeof nodes)[number]): object => ({ value: n.row.id, title: n.row.name, children: n.children.map(option) })
  return (
    <>
      <Form.Item name="who" label={label} initialValue="some">
        <Radio.Group options={[{ value: 'some', label: t('below.some') }, { value: 'all', label: t('below.all', { n: rows.length }) }]} />
      </Form.Item>
      <Form.Item noStyle dependencies={['who']}>
        {({ getFieldValue }) => getFieldValue('who') === 'some' && (
          <Form.Item name="targets" label={t('below.units')} rules={[chosen(t('below.units'))]}>
            <TreeSelect multiple treeDefaultExpandAll treeData={nodes.map(option)}
              loading={below.isPending} showSearch={{ treeNodeFilterProp: 'title' }} placeholder={t('below.pick')} maxTagCount={6} />
          </Form.Item>
        )}
      </Form.Item>
    </>
  )
}
