import { useNavigate } from '@tanstack/react-router'
import { Button, Form, Input, Radio, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { ItemDraft } from '@/api/types'
import { t } from '@/i18n'
import { chosen, required } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { useColumns, withRight } from './data'

export const KINDS = ['news', 'notice', 'announcement', 'briefing'] as const

/** Begins an item: where it goes and what it is called; the rest is written in the editor. */
export function NewItem() {
  const columns = useColumns()
  return (
    <Page help="writing" name={t('item.new')} width="narrow" back>
      <section className="panel">
        <Loaded query={columns} isEmpty={(d) => withRight(d.items, 'draft').length === 0} empty={<Nothing text={t('item.no_column')} />}>
          {(d) => <Begin columns={withRight(d.items, 'draft').map((c) => ({ value: c.id, label: c.name }))} />}
        </Loaded>
      </section>
    </Page>
  )
}

type Values = Pick<ItemDraft, 'column_id' | 'kind' | 'title'>

function Begin({ columns }: { columns: { value: string; label: string }[] }) {
  const [search] = useAddress()
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const make = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/publish/items', { ...act(), body: { ...v, body_html: '' } })),
    after: (item) => { void navigate({ to: '/publish/items/$id/edit', params: { id: item.id }, replace: true }) },
  })
  const column = columns.find((c) => c.value === search.column) ?? (columns.length === 1 ? columns[0] : undefined)
  return (
    <Form<Values> form={form} layout="vertical" initialValues={{ kind: 'news', column_id: column?.value }} onFinish={make.go} scrollToFirstError={{ focus: true }}>
      <Form.Item name="column_id" label={t('item.column')} rules={[chosen(t('item.column'))]}>
        <Select showSearch={{ optionFilterProp: 'label' }} options={columns} placeholder={t('item.pick_column')} />
      </Form.Item>
      <Form.Item name="kind" label={t('item.kind')}>
        <Radio.Group options={KINDS.map((k) => ({ value: k, label: t(`item.kind.${k}`) }))} />
      </Form.Item>
      <Form.Item name="title" label={t('item.title')} rules={[required(t('item.title'))]}><Input maxLength={80} showCount autoFocus size="large" /></Form.Item>
      <Button type="primary" htmlType="submit" size="large" loading={make.busy}>{t('item.begin')}</Button>
    </Form>
  )
}
