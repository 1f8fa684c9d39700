import { DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Form, Input, Radio, Select, TreeSelect } from 'antd'
import { client, ok } from '@/api/client'
import type { Department, TrialRunPage } from '@/api/types'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { PersonSelect, useDepartments } from '@/ui/pickers'
import { treeOf } from '@/ui/tree'
import { useAction } from '@/ui/useAction'
import { useKeep } from './data'

interface Props { of: TrialRunPage; close: () => void }

/** Chooses several departments from the tree. */
export function DepartmentsSelect(p: { value?: string[]; onChange?: (ids: string[]) => void; id?: string; without?: string[] }) {
  const { without = [], ...rest } = p
  const departments = useDepartments()
  const nodes = treeOf<Department>(departments.data?.items ?? [])
  const option = (n: (typeof nodes)[number]): object => ({ value: n.row.id, title: n.row.name, disabled: without.includes(n.row.id), children: n.children.map(option) })
  return <TreeSelect {...rest} multiple treeData={nodes.map(option)} treeDefaultExpandAll showSearch={{ treeNodeFilterProp: 'title' }} loading={departments.isPending} placeholder={t('pick.department')} />
}

/** Brings departments into the run. */
export function BringDialog({ of: p, close }: Props) {
  const [form] = Form.useForm<{ departments: string[] }>()
  const keep = useKeep()
  const save = useAction({
    form,
    run: (body: { departments: string[] }, act) => ok(client.POST('/trial/runs/{id}/departments', { ...act(), params: { path: { id: p.run.id } }, body })),
    done: (r) => t('trial.brought', { n: r.run.users }), after: (r) => { keep.run(r); close() },
  })
  return (
    <FormDialog title={t('trial.bring')} open close={close} form={form} action={save} ok={t('trial.bring')}>
      <Form.Item name="departments" label={t('trial.departments')} extra={t('trial.bring_hint')} rules={[chosen(t('trial.departments'))]}>
        <DepartmentsSelect without={p.pilots.filter((d) => !d.left_on).map((d) => d.id)} />
      </Form.Item>
    </FormDialog>
  )
}

type Part = 'leader' | 'core' | 'user'
interface People { people?: { id: string; part: Part }[] }

/** The list of those who take part by name. */
export function PeopleDialog({ of: p, close }: Props) {
  const [form] = Form.useForm<People>()
  const keep = useKeep()
  const save = useAction({
    form,
    run: (v: People, act) => ok(client.PUT('/trial/runs/{id}/people', { ...act(), params: { path: { id: p.run.id } }, body: { version: p.run.version, people: v.people ?? [] } })),
    done: () => t('trial.people_saved'), after: (r) => { keep.run(r); close() },
  })
  return (
    <FormDialog title={t('trial.name_people')} open close={close} form={form} action={save} width={560} initial={{ people: p.people.map((x) => ({ id: x.id, part: x.part })) }}>
      <p className="quiet">{t('trial.people_hint')}</p>
      <Form.List name="people">
        {(fields, { add, remove }) => (
          <>
            {fields.map((f) => (
              <div key={f.key} className="row">
                <Form.Item name={[f.name, 'id']} rules={[chosen(t('app.person'))]} style={{ flex: '1 1 200px' }}>
                  <PersonSelect aria-label={t('app.person')} initial={p.people.find((x) => x.id === (form.getFieldValue(['people', f.name, 'id']) as string)) ?? null} />
                </Form.Item>
                <Form.Item name={[f.name, 'part']} style={{ width: 140 }}>
                  <Select aria-label={t('trial.part')} options={(['leader', 'core', 'user'] as const).map((x) => ({ value: x, label: t(`trial.part.${x}`) }))} />
                </Form.Item>
                <Button style={{ marginBottom: 24 }} icon={<DeleteOutlined />} aria-label={t('app.delete')} onClick={() => { remove(f.name) }} />
              </div>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => { add({ part: 'core' }) }}>{t('trial.add_person')}</Button>
          </>
        )}
      </Form.List>
    </FormDialog>
  )
}

/** Says what is to be said about the run. */
export function EvaluateDialog({ of: p, close }: Props) {
  const [form] = Form.useForm<{ body: string }>()
  const keep = useKeep()
  const save = useAction({
    form,
    run: (v: { body: string }, act) => ok(client.POST('/trial/runs/{id}/evaluations', { ...act(), params: { path: { id: p.run.id } }, body: { ...v, version: p.run.version } })),
    done: () => t('trial.evaluated'), after: (r) => { keep.run(r); close() },
  })
  return (
    <FormDialog title={t('trial.evaluate')} open close={close} form={form} action={save} width={640} ok={t('trial.evaluate_ok')}>
      <Form.Item name="body" label={t('trial.evaluation')} extra={t('trial.evaluate_hint')} rules={[required(t('trial.evaluation'))]}><Input.TextArea rows={8} maxLength={10000} showCount /></Form.Item>
    </FormDialog>
  )
}

interface Decision { outcome: 'formal' | 'extended' | 'stopped'; reason: string; decided_on: string; until?: string }

/** Writes down what was decided. */
export function DecideDialog({ of: p, close }: Props) {
  const [form] = Form.useForm<Decision>()
  const keep = useKeep()
  const outcome = Form.useWatch('outcome', form)
  const save = useAction({
    form,
    run: (v: Decision, act) => ok(client.POST('/trial/runs/{id}/decision', { ...act(), params: { path: { id: p.run.id } }, body: { ...v, version: p.run.version } })),
    done: (_, v) => t(`trial.decided.${v.outcome}`), after: (r) => { keep.run(r); close() },
  })
  return (
    <FormDialog title={t('trial.decide')} open close={close} form={form} action={save} width={600} ok={t('trial.decide_ok')} initial={{ outcome: 'formal', decided_on: today() }}>
      <Form.Item name="outcome" label={t('trial.outcome')} extra={outcome ? t(`trial.outcome_hint.${outcome}`) : undefined}>
        <Radio.Group options={(['formal', 'extended', 'stopped'] as const).map((o) => ({ value: o, label: t(`trial.outcome.${o}`) }))} />
      </Form.Item>
      {outcome === 'extended' && <Form.Item name="until" label={t('trial.extend_to')} rules={[chosen(t('trial.extend_to'))]}><Input type="date" min={p.run.ends_on} /></Form.Item>}
      <Form.Item name="decided_on" label={t('trial.decided_on')} rules={[chosen(t('trial.decided_on'))]}><Input type="date" max={today()} /></Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={4} maxLength={2000} showCount /></Form.Item>
    </FormDialog>
  )
}
