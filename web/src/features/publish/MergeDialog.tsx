import { Alert, Form, TreeSelect } from 'antd'
import { client, ok } from '@/api/client'
import type { Column } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { type Node, treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'

interface Fields { into: string }

/** Ends a column in favour of another (R022). */
export function MergeDialog({ row, columns, close }: { row: Column | undefined; columns: Column[]; close: () => void }) {
  const [form] = Form.useForm<Fields>()
  const merge = useAction({
    form,
    run: (v: Fields, act) => ok(client.POST('/publish/columns/{id}/merge', { ...act(), params: { path: { id: row?.id ?? '' } }, body: { into: v.into, version: row?.version ?? 0 } })),
    done: (c) => t('column.merged', { name: c.merged_name }),
    after: close,
  })
  const option = (n: Node<Column>): object => ({ value: n.row.id, title: n.row.name, disabled: n.row.id === row?.id || n.row.state !== 'active', children: n.children.map(option) })
  return (
    <FormDialog title={t('column.merge_title', { name: row?.name ?? '' })} open={row !== undefined} close={close} form={form} action={merge} ok={t('column.merge')} danger>
      <Alert type="warning" showIcon className="gap-below" title={t('column.merge_hint')} />
      <Form.Item name="into" label={t('column.merge_into')} rules={[chosen(t('column.merge_into'))]}>
        <TreeSelect treeDefaultExpandAll treeData={treeOf(columns).map(option)} showSearch={{ treeNodeFilterProp: 'title' }} />
      </Form.Item>
    </FormDialog>
  )
}
