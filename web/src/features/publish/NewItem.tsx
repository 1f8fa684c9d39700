import { useNavigate } from '@tanstack/react-router'
import { Button, Form, Input, Radio, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Column, ItemDraft, Template } from '@/api/types'
import { t } from '@/i18n'
import { chosen, required } from '@/ui/FormDialog'
import { Loaded, Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { useColumns, withRight } from './data'
import TemplatePick from './TemplatePick'

export const KINDS = ['news', 'notice', 'announcement', 'briefing'] as const

/** Begins an item: where it goes and what it is called; the rest is written in the editor. */
export function NewItem() {
  const columns = useColumns()
  return (
    <Page help="writing" name={t('item.new')} width="narrow" back>
      <section className="panel">
        <Loaded query={columns} isEmpty={(d) => withRight(d.items, 'draft').length === 0} empty={<Nothing text={t('item.no_column')} />}>
          {(d) => <Begin columns={withRight(d.items, 'draft')} />}
        </Loaded>
      </section>
    </Page>
  )
}

type Values = Pick<ItemDraft, 'column_id' | 'kind' | 'title' | 'template_id'>

/** The kinds the column takes; all while none is chosen. */
export const kindsOf = (columns: Column[], id: string | undefined) => {
  const taken = columns.find((c) => c.id === id)?.rules.kinds
  return KINDS.filter((k) => taken?.includes(k) ?? true)
}

function Begin({ columns }: { columns: Column[] }) {
  const [search] = useAddress()
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const make = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/publish/items', { ...act(), body: { column_id: v.column_id, kind: v.kind, title: v.title, body_html: '', ...(v.template_id ? { template_id: v.template_id } : {}) } })),
    after: (item) => { void navigate({ to: '/publish/items/$id/edit', params: { id: item.id }, replace: true }) },
  })
  const column = columns.find((c) => c.id === search.column) ?? (columns.length === 1 ? columns[0] : undefined)
  const at = Form.useWatch('column_id', form) ?? column?.id
  const kinds = kindsOf(columns, at)
  // A kind the column does not take would only be refused when it is sent.
  const moved = (id: string) => {
    const taken = kindsOf(columns, id)
    if (!taken.includes(form.getFieldValue('kind') as Values['kind'])) form.setFieldValue('kind', taken[0])
    form.setFieldValue('template_id', undefined)
  }
  const begun = (x: Template | undefined) => {
    if (!x) return
    form.setFieldValue('kind', x.kind)
    if (x.title_now) form.setFieldValue('title', x.title_now)
  }
  return (
    <Form<Values> form={form} layout="vertical" initialValues={{ kind: kindsOf(columns, column?.id)[0], column_id: column?.id }} onFinish={make.go} scrollToFirstError={{ focus: true }}>
      <Form.Item name="column_id" label={t('item.column')} rules={[chosen(t('item.column'))]}>
        <Select showSearch={{ optionFilterProp: 'label' }} options={columns.map((c) => ({ value: c.id, label: c.name }))} onChange={moved} placeholder={t('item.pick_column')} />
      </Form.Item>
      <TemplatePick column={at} picked={begun} />
      <Form.Item name="kind" label={t('item.kind')}>
        <Radio.Group options={kinds.map((k) => ({ value: k, label: t(`item.kind.${k}`) }))} />
      </Form.Item>
      <Form.Item name="title" label={t('item.title')} rules={[required(t('item.title'))]}><Input maxLength={80} showCount autoFocus size="large" /></Form.Item>
      <Button type="primary" htmlType="submit" size="large" loading={make.busy}>{t('item.begin')}</Button>
    </Form>
  )
}
