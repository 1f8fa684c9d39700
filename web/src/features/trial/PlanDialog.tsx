import { Checkbox, Form, Input, InputNumber, Select } from 'antd'
import { useNavigate } from '@tanstack/react-router'
import { client, ok } from '@/api/client'
import type { TrialRun } from '@/api/types'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import { MODULES } from './data'

interface Values { name: string; purpose?: string; starts_on: string; ends_on?: string; modules?: string[]; dual_track?: boolean; backup_days: number }

/** Plans a run, or changes its plan. */
export default function PlanDialog({ run, close }: { run?: TrialRun; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const navigate = useNavigate()
  const save = useAction({
    form,
    run: (body: Values, act) => (run
      ? ok(client.PUT('/trial/runs/{id}', { ...act(), params: { path: { id: run.id } }, body: { ...body, version: run.version } }))
      : ok(client.POST('/trial/runs', { ...act(), body }))),
    done: () => t('trial.plan_saved'),
    after: (r) => { close(); if (!run) void navigate({ to: '/trial/runs/$id', params: { id: r.id } }) },
  })
  const fixed = run?.state === 'running'
  return (
    <FormDialog title={t(run ? 'trial.plan_edit' : 'trial.plan')} open close={close} form={form} action={save} width={600}
      initial={run ? { name: run.name, purpose: run.purpose, starts_on: run.starts_on, ends_on: run.ends_on, modules: run.modules, dual_track: run.dual_track, backup_days: run.backup_days } : { starts_on: today(), backup_days: 7 }}>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={80} /></Form.Item>
      <Form.Item name="purpose" label={t('trial.purpose')}><Input.TextArea rows={3} maxLength={2000} showCount /></Form.Item>
      <div className="row" style={{ alignItems: 'start' }}>
        <Form.Item name="starts_on" label={t('trial.starts_on')} rules={[chosen(t('trial.starts_on'))]}><Input type="date" disabled={fixed} /></Form.Item>
        <Form.Item name="ends_on" label={t('trial.ends_on')} extra={run ? undefined : t('trial.ends_hint')}><Input type="date" disabled={fixed} /></Form.Item>
      </div>
      <Form.Item name="modules" label={t('trial.modules')} extra={t('trial.modules_hint')}>
        <Select mode="tags" maxTagTextLength={20} options={MODULES.map((m) => ({ value: t(`trial.module.${m}`) }))} />
      </Form.Item>
      <Form.Item name="backup_days" label={t('trial.backup_days')} extra={t('trial.backup_days_hint')} rules={[chosen(t('trial.backup_days'))]}><InputNumber min={0} max={31} precision={0} /></Form.Item>
      <Form.Item name="dual_track" valuePropName="checked" extra={t('trial.dual_hint')}><Checkbox>{t('trial.dual_track')}</Checkbox></Form.Item>
    </FormDialog>
  )
}
