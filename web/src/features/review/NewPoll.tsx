import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Form, Input, InputNumber, Select } from 'antd'
import { client, ok } from '@/api/client'
import { useRounds } from '@/features/assess/data'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { People } from './Assign'

interface Group { name: string; weight: string; drop: number; units: string[]; members: string[] }
interface Values { round_id: string; rule_code: string; name: string; due_day: string; most: string; groups: Group[] }

/** Has units rated by others: groups of people with weights. */
export default function NewPoll({ close }: { close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const rounds = useRounds().data?.items.filter((r) => r.state !== 'closed' && r.computed_at) ?? []
  const chosenRound = Form.useWatch('round_id', form) as string | undefined
  const round = rounds.find((r) => r.id === chosenRound)
  const scheme = useQuery({
    queryKey: ['scheme', round?.scheme_id], enabled: round !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/assess/schemes/{id}', { signal, params: { path: { id: round?.scheme_id ?? '' } } })),
  }).data
  const rules = scheme?.rules.filter((r) => r.deed_kind === 'assess.recorded' && r.measure === 'figure') ?? []
  const below = scheme?.units.filter((u) => u.kind === 'tenant') ?? []
  const ask = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/review/polls', { ...act(), body: {
      round_id: v.round_id, rule_code: v.rule_code, name: v.name, most: v.most, due_day: v.due_day,
      groups: v.groups.map((g, i) => ({ code: `g${i + 1}`, name: g.name, weight: g.weight, drop: g.drop })),
      raters: v.groups.flatMap((g, i) => [
        ...(g.units ?? []).map((unit) => ({ group: `g${i + 1}`, unit })), ...(g.members ?? []).map((member) => ({ group: `g${i + 1}`, member })),
      ]),
    } })),
    done: (p) => t('review.poll_opened', { n: p.asked }),
    after: (p) => { close(); void navigate({ to: '/assess/polls/$id', params: { id: p.id } }) },
  })
  return (
    <FormDialog title={t('review.new_poll')} open close={close} form={form} action={ask} ok={t('review.poll_ok')} width={760} initial={{ most: '100', name: t('review.poll_name'), groups: usual() }}>
      <Form.Item name="round_id" label={t('assess.round')} rules={[chosen(t('assess.round'))]}><Select options={rounds.map((r) => ({ value: r.id, label: `${r.name}（${r.from} — ${r.to}）` }))} /></Form.Item>
      <Form.Item name="rule_code" label={t('assess.rule')} rules={[chosen(t('assess.rule'))]} extra={t(round && scheme && rules.length === 0 ? 'review.no_figure_rule' : 'review.rule_hint')}><Select options={rules.map((r) => ({ value: r.code, label: r.name }))} /></Form.Item>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={80} /></Form.Item>
      <div className="row" style={{ alignItems: 'flex-start' }}>
        <Form.Item name="due_day" label={t('review.poll_due')} rules={[chosen(t('review.poll_due'))]} extra={round && t('review.poll_due_hint', { day: round.to })}><DayInput first={today()} last={round?.to} /></Form.Item>
        <Form.Item name="most" label={t('review.most_mark')} rules={[{ required: true, pattern: /^\d{1,3}(\.\d{1,2})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" style={{ width: 120 }} /></Form.Item>
      </div>
      <h3 className="section">{t('review.groups')}</h3>
      <p className="quiet">{t('review.groups_hint')}</p>
      <Form.List name="groups">
        {(fields, { add, remove }) => (
          <div className="stack">
            {fields.map((f) => (
              <div key={f.key} className="panel">
                <div className="row" style={{ alignItems: 'flex-start' }}>
                  <Form.Item name={[f.name, 'name']} label={t('review.group')} rules={[required(t('review.group'))]}><Input maxLength={40} /></Form.Item>
                  <Form.Item name={[f.name, 'weight']} label={t('review.weight')} rules={[{ required: true, pattern: /^\d{1,3}(\.\d{1,4})?$/, message: t('adjust.number') }]}><Input inputMode="decimal" style={{ width: 90 }} /></Form.Item>
                  <Form.Item name={[f.name, 'drop']} label={t('review.drop')}><InputNumber min={0} max={5} precision={0} style={{ width: 90 }} /></Form.Item>
                  {fields.length > 1 && <Button type="text" danger icon={<DeleteOutlined />} aria-label={t('review.group_remove')} onClick={() => { remove(f.name) }} />}
                </div>
                <Form.Item name={[f.name, 'units']} label={t('review.rater_units')}><Select mode="multiple" allowClear showSearch={{ optionFilterProp: 'label' }} options={below.map((u) => ({ value: u.id, label: u.name }))} /></Form.Item>
                <Form.Item name={[f.name, 'members']} label={t('review.rater_people')}><People known={[]} /></Form.Item>
              </div>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => { add({ name: '', weight: '', drop: 0, units: [], members: [] }) }}>{t('review.group_add')}</Button>
          </div>
        )}
      </Form.List>
    </FormDialog>
  )
}

const usual = (): Group[] => [
  { name: t('review.group_mutual'), weight: '40', drop: 1, units: [], members: [] }, { name: t('review.group_leaders'), weight: '60', drop: 0, units: [], members: [] },
]
