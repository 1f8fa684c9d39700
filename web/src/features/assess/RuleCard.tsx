import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Checkbox, Form, Input, InputNumber, Segmented, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Rule } from '@/api/types'
import { t } from '@/i18n'
import { chosen, required } from '@/ui/FormDialog'

const POINTS = { pattern: /^\d{1,6}(\.\d{1,4})?$/, get message() { return t('rule.points_wrong') } }

/** One rule of a scheme: points per item by level, or a task with base points. */
export function RuleCard({ at, remove }: { at: number; remove: () => void }) {
  const type = Form.useWatch(['rules', at, 'type']) as Rule['type'] | undefined
  const kinds = useQuery({ queryKey: ['deed-kinds'], queryFn: ({ signal }) => ok(client.GET('/assess/deed-kinds', { signal })) })
  return (
    <section className="panel">
      <div className="row-between">
        <Form.Item name={[at, 'type']} label={t('rule.type')}>
          <Segmented options={[{ value: 'per_item', label: t('rule.per_item') }, { value: 'base_task', label: t('rule.base_task') }]} />
        </Form.Item>
        <Button danger type="text" icon={<DeleteOutlined />} onClick={remove}>{t('rule.remove')}</Button>
      </div>
      <div className="row" style={{ alignItems: 'start' }}>
        <Form.Item name={[at, 'name']} label={t('rule.name')} rules={[required(t('rule.name'))]} style={{ flex: 2, minWidth: 180 }}><Input maxLength={60} /></Form.Item>
        <Form.Item name={[at, 'code']} label={t('rule.code')} rules={[required(t('rule.code'))]} style={{ flex: 1, minWidth: 120 }}><Input maxLength={40} autoCapitalize="none" spellCheck={false} /></Form.Item>
        <Form.Item name={[at, 'deed_kind']} label={t('rule.deed_kind')} rules={[chosen(t('rule.deed_kind'))]} style={{ flex: 2, minWidth: 180 }}>
          <Select loading={kinds.isPending} options={(kinds.data?.items ?? []).map((k) => ({ value: k.kind, label: k.name }))} />
        </Form.Item>
        <Form.Item name={[at, 'cap']} label={t('rule.cap')} rules={[POINTS]} style={{ width: 120 }}><Input className="num" placeholder={t('rule.no_cap')} /></Form.Item>
      </div>
      {type === 'base_task' ? <BaseTask at={at} /> : <PerItem at={at} />}
    </section>
  )
}

function PerItem({ at }: { at: number }) {
  return (
    <>
      <Form.List name={[at, 'levels']}>
        {(fields, { add, remove }) => (
          <div className="stack">
            {fields.map((f) => (
              <div key={f.key} className="row" style={{ alignItems: 'start' }}>
                <Form.Item name={[f.name, 'level']} label={t('rule.level')} rules={[required(t('rule.level'))]}>
                  <Select style={{ minWidth: 140 }} options={(['own', 'upper'] as const).map((l) => ({ value: l, label: t(`journal.level.${l}`) }))} />
                </Form.Item>
                <Form.Item name={[f.name, 'points']} label={t('assess.points')} rules={[required(t('assess.points')), POINTS]}><Input className="num" style={{ width: 96 }} /></Form.Item>
                <Form.Item label=" " colon={false}><Button type="text" aria-label={t('rule.level_remove')} icon={<DeleteOutlined />} onClick={() => { remove(f.name) }} /></Form.Item>
              </div>
            ))}
            <div><Button size="small" icon={<PlusOutlined />} onClick={() => { add({ level: '', points: '' }) }}>{t('rule.level_add')}</Button></div>
          </div>
        )}
      </Form.List>
      <Form.Item name={[at, 'highest_only']} valuePropName="checked" style={{ margin: '12px 0 0' }}><Checkbox>{t('rule.highest_only')}</Checkbox></Form.Item>
    </>
  )
}

function BaseTask({ at }: { at: number }) {
  return (
    <div className="row" style={{ alignItems: 'start' }}>
      <Form.Item name={[at, 'task']} label={t('rule.task')} rules={[chosen(t('rule.task'))]} extra={t('rule.task_hint')}><InputNumber min={1} /></Form.Item>
      <Form.Item name={[at, 'base_points']} label={t('rule.base_points')} rules={[required(t('rule.base_points')), POINTS]}><Input className="num" style={{ width: 96 }} /></Form.Item>
      <Form.Item name={[at, 'shortfall']} label={t('rule.shortfall')} initialValue="zero">
        <Select style={{ minWidth: 140 }} options={(['zero', 'proportional'] as const).map((x) => ({ value: x, label: t(`rule.shortfall.${x}`) }))} />
      </Form.Item>
      <Form.Item name={[at, 'bonus_points']} label={t('rule.bonus_points')} rules={[POINTS]}><Input className="num" style={{ width: 96 }} /></Form.Item>
      <Form.Item name={[at, 'bonus_cap']} label={t('rule.bonus_cap')} rules={[POINTS]}><Input className="num" style={{ width: 96 }} placeholder={t('rule.no_cap')} /></Form.Item>
    </div>
  )
}
