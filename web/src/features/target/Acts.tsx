import { Checkbox, Form, Input, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { YearTarget as Target, TargetPage } from '@/api/types'
import { begin } from '@/features/publish/Attachments'
import { t } from '@/i18n'
import { today } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { DepartmentSelect, PersonSelect } from '@/ui/pickers'
import { PickFile } from '@/ui/PickFile'
import { useAction } from '@/ui/useAction'
import { periodName, plain } from './data'

interface Crew { leader_id?: string; department_id?: string; reporter_id?: string }

/** Takes a target on and names who answers for it; or names others. */
export function CrewDialog({ of: x, close }: { of: Target; close: () => void }) {
  const [form] = Form.useForm<Crew>()
  const change = x.state !== 'issued'
  const params = { path: { id: x.id } }
  const send = useAction({
    form,
    run: (v: Crew, act) => change
      ? ok(client.POST('/target/targets/{id}/people', { ...act(), params, body: { ...v, version: x.duty?.version ?? 0 } }))
      : ok(client.POST('/target/targets/{id}/accept', { ...act(), params, body: { ...v, revision: x.revision } })),
    done: () => t(change ? 'app.saved' : 'target.accepted_done'),
    after: close,
  })
  const d = x.duty
  return (
    <FormDialog title={t(change ? 'target.people_of' : 'target.accept_of', { title: x.spec.title })} open close={close} form={form} action={send} ok={t(change ? 'app.save' : 'target.accept')}
      initial={{ ...(d?.leader ? { leader_id: d.leader.id } : {}), ...(d ? { department_id: d.department.id, reporter_id: d.reporter.id } : {}) }}>
      <p className="quiet">{t('target.crew_hint')}</p>
      <Form.Item name="leader_id" label={t('target.own_leader')}><PersonSelect allowClear initial={d?.leader ?? null} /></Form.Item>
      {x.unit.kind !== 'department' && <Form.Item name="department_id" label={t('target.own_department')}><DepartmentSelect allowClear /></Form.Item>}
      {x.unit.kind !== 'member' && <Form.Item name="reporter_id" label={t('target.reporter')} extra={t('target.reporter_hint')}><PersonSelect allowClear initial={d?.reporter ?? null} /></Form.Item>}
    </FormDialog>
  )
}

interface Said { period: string; value?: string; reached?: boolean; text: string; upload_id?: File }

/** Reports how far a target has come by the end of a period. */
export function ReportDialog({ of: p, period, close }: { of: TargetPage; period?: string; close: () => void }) {
  const [form] = Form.useForm<Said>()
  const open = p.periods.filter((d) => d.open)
  const counted = p.spec.measure === 'quantity'
  const send = useAction({
    form,
    run: async (v: Said, act) => {
      const { upload_id: file, value, ...rest } = v
      const upload = file ? { upload_id: await begin(file, () => undefined, () => undefined) } : {}
      return ok(client.POST('/target/targets/{id}/reports', { ...act(), params: { path: { id: p.id } }, body: { ...rest, ...(counted && value ? { value } : {}), ...upload } }))
    },
    done: (_, v) => t('target.reported_done', { period: periodName(v.period) }),
    after: close,
  })
  // Another period is never chosen in the place of the one that was pressed.
  const first = period ? open.find((d) => d.period === period) : open.find((d) => d.reported_at === null) ?? open[0]
  return (
    <FormDialog title={t('target.report_of', { title: p.spec.title })} open close={close} form={form} action={send} ok={t('target.report')} width={600} initial={{ ...(first ? { period: first.period } : {}), reached: false }}>
      <Form.Item name="period" label={t('target.period')} rules={[chosen(t('target.period'))]}>
        <Select options={open.map((d) => ({ value: d.period, label: t('target.period_due', { period: periodName(d.period), due: d.due_on }) }))} />
      </Form.Item>
      {counted && (
        <Form.Item name="value" label={t('target.value_of', { of: p.spec.unit_of_measure ?? '' })} extra={t('target.value_hint', { last: p.value ? plain(p.value) : t('app.none'), goal: plain(p.spec.quantity) })}
          rules={[required(t('target.value')), { pattern: /^\d{1,12}(\.\d{1,4})?$/, message: t('target.number') }]}><Input inputMode="decimal" /></Form.Item>
      )}
      <Form.Item name="text" label={t('target.text')} rules={[required(t('target.text'))]}><Input.TextArea rows={4} maxLength={2000} showCount /></Form.Item>
      <Form.Item name="reached" valuePropName="checked" extra={t('target.reached_hint')}><Checkbox>{t('target.reached')}</Checkbox></Form.Item>
      <Form.Item name="upload_id" label={t('target.evidence')}><PickFile /></Form.Item>
    </FormDialog>
  )
}

interface Permission { period: string; until: string; reason: string }

/** Lets a report come late. */
export function PermitDialog({ of: p, close }: { of: TargetPage; close: () => void }) {
  const [form] = Form.useForm<Permission>()
  const owed = p.periods.filter((d) => d.reported_at === null)
  const send = useAction({
    form,
    run: (v: Permission, act) => ok(client.POST('/target/targets/{id}/permits', { ...act(), params: { path: { id: p.id } }, body: { period: v.period, until: v.until, reason: v.reason } })),
    done: () => t('target.permitted_done'),
    after: close,
  })
  return (
    <FormDialog title={t('target.permit_of', { title: p.spec.title })} open close={close} form={form} action={send} ok={t('target.permit')} initial={owed[0] ? { period: owed[0].period } : {}}>
      <p className="quiet">{t('target.permit_hint')}</p>
      <Form.Item name="period" label={t('target.period')} rules={[chosen(t('target.period'))]}>
        <Select options={owed.map((d) => ({ value: d.period, label: t('target.period_due', { period: periodName(d.period), due: d.due_on }) }))} />
      </Form.Item>
      <Form.Item name="until" label={t('target.until')} rules={[chosen(t('target.until'))]}><DayInput first={today()} /></Form.Item>
      <Form.Item name="reason" label={t('app.reason')} rules={[required(t('app.reason'))]}><Input.TextArea rows={3} maxLength={500} showCount /></Form.Item>
    </FormDialog>
  )
}
