// A column as a department would have it: the fields of an application, for who applies and for the Office.
import { MinusCircleOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Checkbox, Form, Input, InputNumber, Select, TreeSelect } from 'antd'
import type { Column, ColumnWish } from '@/api/types'
import { t } from '@/i18n'
import { chosen, required } from '@/ui/FormDialog'
import { PersonSelect } from '@/ui/pickers'
import { type Node, treeOf } from '@/ui/tree'
import { KINDS, PurposeField } from './RuleFields'
import './columns.css'

const RIGHTS = ['draft', 'review', 'sign', 'publish'] as const
const TOP = '00000000-0000-0000-0000-000000000000'
type Person = Partial<NonNullable<ColumnWish['people']>[number]>

export interface WishForm { name: string; purpose?: string; parent_id?: string; review_levels?: number; kinds?: string[]; people?: Person[] }

/** What the form begins with: the wish itself, and what the column is where it says nothing. */
export function wishForm(wish: ColumnWish | undefined, column: Column | undefined): WishForm {
  const clears = (f: 'kinds' | 'purpose') => wish?.clear?.includes(f) ?? false
  const parent = wish?.parent_id ?? column?.parent_id ?? undefined
  return {
    name: wish?.name ?? column?.name ?? '', purpose: clears('purpose') ? '' : wish?.purpose ?? column?.purpose ?? '', ...(parent && parent !== TOP ? { parent_id: parent } : {}),
    review_levels: wish?.review_levels || column?.review_levels || 1, kinds: clears('kinds') ? [] : wish?.kinds ?? column?.sets.kinds ?? [], people: wish?.people ?? [],
  }
}

/** What the server takes: of a change, only what differs from the column. */
export function wishOf(v: WishForm, column: Column | undefined): ColumnWish {
  const people = (v.people ?? []).flatMap((p) => (p.member_id && p.right ? [{ member_id: p.member_id, right: p.right }] : []))
  const same = (a: readonly string[], b: readonly string[]) => [...a].sort().join() === [...b].sort().join()
  const clear = [...(!v.kinds?.length && column?.sets.kinds.length ? ['kinds' as const] : []), ...(!v.purpose && column?.purpose ? ['purpose' as const] : [])]
  return {
    ...(v.name === column?.name ? {} : { name: v.name }),
    ...(v.purpose && v.purpose !== column?.purpose ? { purpose: v.purpose } : {}),
    ...((v.parent_id ?? null) === (column?.parent_id ?? null) ? {} : { parent_id: v.parent_id ?? TOP }),
    ...(v.review_levels && v.review_levels !== column?.review_levels ? { review_levels: v.review_levels } : {}),
    ...(v.kinds?.length && !same(v.kinds, column?.sets.kinds ?? []) ? { kinds: v.kinds } : {}),
    ...(people.length ? { people } : {}),
    ...(clear.length ? { clear } : {}),
  }
}

/** The fields of a wish, about a column or a new one. */
export function WishFields({ columns, about, people }: { columns: Column[]; about?: string | undefined; people: ColumnWish['people'] }) {
  const option = (n: Node<Column>): object => ({ value: n.row.id, title: n.row.name, disabled: n.row.id === about || n.row.state !== 'active', children: n.children.map(option) })
  return (
    <>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={40} /></Form.Item>
      <Form.Item name="parent_id" label={t('column.parent')}><TreeSelect allowClear treeDefaultExpandAll treeData={treeOf(columns).map(option)} placeholder={t('apply.top')} /></Form.Item>
      <PurposeField />
      <Form.Item name="review_levels" label={t('column.levels')}><InputNumber min={1} max={5} /></Form.Item>
      <Form.Item name="kinds" label={t('column.kinds')} extra={t('column.kinds_hint')}>
        <Checkbox.Group options={KINDS.map((k) => ({ value: k, label: t(`item.kind.${k}`) }))} />
      </Form.Item>
      <Form.Item label={t('apply.people')} extra={t('apply.people_hint')}>
        <Form.List name="people">
          {(fields, { add, remove }) => (
            <div className="appointees">
              {fields.map((f) => (
                <div key={f.key}>
                  <Form.Item name={[f.name, 'right']} noStyle rules={[chosen(t('column.right'))]}>
                    <Select aria-label={t('column.right')} options={RIGHTS.map((r) => ({ value: r, label: t(`right.${r}`) }))} />
                  </Form.Item>
                  <Form.Item name={[f.name, 'member_id']} noStyle rules={[chosen(t('app.person'))]}>
                    <PersonSelect aria-label={t('app.person')} initial={named(people?.[f.name])} />
                  </Form.Item>
                  <Button type="text" icon={<MinusCircleOutlined />} aria-label={t('apply.person_remove')} onClick={() => { remove(f.name) }} />
                </div>
              ))}
              <span><Button icon={<PlusOutlined />} onClick={() => { add({ right: 'draft' }) }}>{t('apply.people_add')}</Button></span>
            </div>
          )}
        </Form.List>
      </Form.Item>
    </>
  )
}

const named = (p: NonNullable<ColumnWish['people']>[number] | undefined) => (p ? { id: p.member_id, name: p.name ?? '' } : null)
