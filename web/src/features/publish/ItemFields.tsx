import { Collapse, Form, Radio, TreeSelect } from 'antd'
import { useState } from 'react'
import type { Column, Department, Item } from '@/api/types'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { useDepartments } from '@/ui/pickers'
import { treeOf } from '@/ui/tree'
import { ItemCover } from './ItemCover'

// The draft says that there is none with an empty text.
const day = { normalize: (d: string | undefined) => d ?? '' }

interface Props { item: Item; columns: Column[]; off: boolean; before: () => Promise<void>; version: () => number; changed: (item: Item) => void }

/** The fields that most items do without: open when one of them says something. */
export function ItemFields({ item, columns, ...cover }: Props) {
  const [open] = useState(Boolean(item.cover ?? item.event_date ?? item.valid_until) || item.audience !== 'readers')
  return (
    <Collapse className="panel-fold" defaultActiveKey={open ? ['more'] : []} items={[{
      key: 'more', label: t('item.more_fields'), forceRender: true, children: <><Days /><Audience item={item} columns={columns} /><ItemCover item={item} {...cover} /></>,
    }]} />
  )
}

function Days() {
  const kind = Form.useWatch<Item['kind'] | undefined>('kind')
  return (
    <>
      <Form.Item name="event_date" label={t('item.event_date')} extra={t('item.event_date_hint')} {...day}>
        <DayInput last={kind === 'news' ? today() : undefined} />
      </Form.Item>
      <Form.Item name="valid_until" label={t('item.valid_until')} extra={t('item.valid_until_hint')} {...day}>
        <DayInput first={today()} />
      </Form.Item>
    </>
  )
}

function Audience({ item, columns }: { item: Item; columns: Column[] }) {
  const to = Form.useWatch<Item['audience'] | undefined>('audience') ?? item.audience
  const at = Form.useWatch<string | undefined>('column_id') ?? item.column_id
  const everybody = columns.find((c) => c.id === at)?.rules.all_staff ?? false
  const departments = useDepartments()
  const option = (n: ReturnType<typeof treeOf<Department>>[number]): object => ({ value: n.row.id, title: n.row.name, children: n.children.map(option) })
  return (
    <>
      <Form.Item name="audience" label={t('item.audience')}>
        <Radio.Group options={(['readers', 'departments', 'all'] as const).filter((a) => a !== 'all' || everybody || item.audience === 'all').map((a) => ({ value: a, label: t(`item.audience.${a}`) }))} />
      </Form.Item>
      {/* Kept while hidden, so that going back and forth loses nothing. */}
      <Form.Item name="audience_departments" label={t('item.audience_which')} extra={t('item.audience_hint')} hidden={to !== 'departments'}
        rules={to === 'departments' ? [{ required: true, type: 'array', min: 1, message: t('error.publish.audience_empty') }] : []}>
        <TreeSelect multiple treeData={treeOf<Department>(departments.data?.items ?? []).map(option)} treeDefaultExpandAll showSearch={{ treeNodeFilterProp: 'title' }}
          loading={departments.isPending} placeholder={t('pick.department')} maxTagCount="responsive" />
      </Form.Item>
    </>
  )
}
