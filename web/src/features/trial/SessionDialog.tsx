import { useNavigate } from '@tanstack/react-router'
import { Checkbox, Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { TrialTrainingPage } from '@/api/types'
import { t } from '@/i18n'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { TOPICS, useKeep, useStanding } from './data'
import { DepartmentsSelect } from './RunDialogs'

const BATCHES = ['leaders', 'core', 'staff', 'security'] as const
interface Values {
  batch: (typeof BATCHES)[number]; title: string; content?: string; topics?: string[]; goal?: string; trainer?: string; place: string
  starts_at: string; ends_at: string; departments?: string[]; of_run?: boolean
}

const local = (time: string) => new Date(new Date(time).getTime() + 8 * 3_600_000).toISOString().slice(0, 16)
const instant = (text: string) => `${text}:00+08:00`

/** Plans a training, or changes it while nobody has been told. */
export default function SessionDialog({ of: p, close }: { of?: TrialTrainingPage; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const keep = useKeep()
  const run = useStanding().data?.run
  const g = p?.training
  const save = useAction({
    form,
    run: ({ of_run, ...v }: Values, act) => {
      const body = { ...v, starts_at: instant(v.starts_at), ends_at: instant(v.ends_at), people: p?.people.map((x) => x.id) ?? [], ...(of_run && (g?.run_id ?? run?.id) ? { run_id: g?.run_id ?? run?.id ?? '' } : {}) }
      return g
        ? ok(client.PUT('/trial/trainings/{id}', { ...act(), params: { path: { id: g.id } }, body: { ...body, version: g.version } }))
        : ok(client.POST('/trial/trainings', { ...act(), body }))
    },
    done: () => t('trial.training_saved'),
    after: (r) => { keep.training(r); close(); if (!g) void navigate({ to: '/trial/trainings/$id', params: { id: r.training.id } }) },
  })
  const initial: Partial<Values> = g
    ? { batch: g.batch, title: g.title, content: g.content, topics: g.topics, goal: g.goal, trainer: g.trainer, place: g.place, starts_at: local(g.starts_at), ends_at: local(g.ends_at), departments: p.departments.map((d) => d.id), of_run: g.run_id !== null }
    : { batch: 'staff', goal: t('trial.goal_usual'), topics: ['basic', 'common', 'trouble'], of_run: true }
  return (
    <FormDialog title={t('trial.training_plan')} open close={close} form={form} action={save} width={640} initial={initial}>
      <Form.Item name="batch" label={t('trial.batch')} extra={t('trial.batch_hint')}><Select options={BATCHES.map((b) => ({ value: b, label: t(`trial.batch.${b}`) }))} /></Form.Item>
      <Form.Item name="title" label={t('trial.title')} rules={[required(t('trial.title'))]}><Input maxLength={120} /></Form.Item>
      <div className="row">
        <Form.Item name="starts_at" label={t('trial.starts_at')} rules={[chosen(t('trial.starts_at'))]}><Input type="datetime-local" /></Form.Item>
        <Form.Item name="ends_at" label={t('trial.ends_at')} rules={[chosen(t('trial.ends_at'))]}><Input type="datetime-local" /></Form.Item>
      </div>
      <Form.Item name="place" label={t('trial.place')} rules={[required(t('trial.place'))]}><Input maxLength={120} /></Form.Item>
      <Form.Item name="trainer" label={t('trial.trainer')}><Input maxLength={80} /></Form.Item>
      <Form.Item name="departments" label={t('trial.audience')} extra={t('trial.audience_hint')}><DepartmentsSelect /></Form.Item>
      <Form.Item name="topics" label={t('trial.topics')}><Select mode="multiple" options={TOPICS.map((x) => ({ value: x, label: t(`trial.topic.${x}`) }))} /></Form.Item>
      <Form.Item name="content" label={t('trial.content')}><Input.TextArea rows={3} maxLength={4000} showCount /></Form.Item>
      <Form.Item name="goal" label={t('trial.goal')}><Input maxLength={200} /></Form.Item>
      {(run ?? g?.run_id) && <Form.Item name="of_run" valuePropName="checked"><Checkbox>{t('trial.of_run')}</Checkbox></Form.Item>}
    </FormDialog>
  )
}
