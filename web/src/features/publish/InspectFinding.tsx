import { Button, Form, Input, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Finding } from '@/api/types'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { useAction } from '@/ui/useAction'

const SEVERITY: Record<Finding['severity'], string> = { minor: 'default', normal: 'warning', grave: 'error' }
const STATE: Record<Finding['state'], string> = {
  open: 'warning', accepted: 'warning', objected: 'processing', upheld: 'warning', dropped: 'default', corrected: 'processing', confirmed: 'success',
}

/** One finding: what is wrong, what was said about it, and what I may do. */
export function FindingCard({ finding: f }: { finding: Finding }) {
  const lines = [
    t('inspect.line_recorded', { by: f.recorded_by, at: dateTime(f.recorded_at) }),
    f.replied_at && (f.reply
      ? t('inspect.line_objected', { by: f.replied_by, at: dateTime(f.replied_at), text: f.reply })
      : t('inspect.line_accepted', { by: f.replied_by, at: dateTime(f.replied_at) })),
    f.decided_at && f.note && t('inspect.line_decided', { by: f.decided_by, at: dateTime(f.decided_at), text: f.note }),
    f.corrected_at && t('inspect.line_corrected', { by: f.corrected_by, at: dateTime(f.corrected_at), text: f.correction }),
  ].filter(Boolean)
  return (
    <div className="finding">
      <div className="row">
        <Tag color="blue">{t(`inspect.class.${f.class}`)}</Tag>
        <Tag color={SEVERITY[f.severity]}>{t(`inspect.severity.${f.severity}`)} −{f.points}</Tag>
        <Tag color={STATE[f.state]}>{t(`inspect.finding.${f.state}`)}</Tag>
      </div>
      <p className="finding-text">{f.text}</p>
      {lines.map((l) => <p key={l} className="quiet finding-line">{l}</p>)}
      {f.may.length > 0 && <Actions finding={f} />}
    </div>
  )
}

function Actions({ finding: f }: { finding: Finding }) {
  const may = (what: Finding['may'][number]) => f.may.includes(what)
  const params = { path: { id: f.id } }
  const accept = useAction({
    run: (_: null, act) => ok(client.POST('/publish/findings/{id}/reply', { ...act(), params, body: { accept: true, version: f.version } })),
    done: () => t('inspect.accepted'),
  })
  const decide = useAction({
    run: (decision: 'drop' | 'confirm', act) => ok(client.POST('/publish/findings/{id}/decide', { ...act(), params, body: { decision, version: f.version } })),
    done: () => t('inspect.decided'),
  })
  const retract = useAction({
    run: (_: null, act) => ok(client.DELETE('/publish/findings/{id}', { ...act(), params: { ...params, query: { version: f.version } } })),
    confirm: () => ({ title: t('inspect.retract_ask'), content: f.text, ok: t('inspect.retract'), danger: true }),
    done: () => t('inspect.retracted'),
  })
  return (
    <div className="row no-print">
      {may('reply') && <>
        <Button size="small" type="primary" loading={accept.busy} onClick={() => { accept.go(null) }}>{t('inspect.accept')}</Button>
        <Say label={t('inspect.object')} field={t('app.reason')} done={t('inspect.objected')}
          send={(reason, act) => ok(client.POST('/publish/findings/{id}/reply', { ...act(), params, body: { accept: false, reason, version: f.version } }))} />
      </>}
      {may('correct') && (
        <Say primary label={t('inspect.correct')} field={t('inspect.correction')} hint={t('inspect.correction_ph')} done={t('inspect.corrected')}
          send={(text, act) => ok(client.POST('/publish/findings/{id}/correct', { ...act(), params, body: { text, version: f.version } }))} />
      )}
      {(['decide', 'confirm'] as const).filter(may).map((w) => (
        <span key={w} className="row">
          <Button size="small" type="primary" loading={decide.busy} onClick={() => { decide.go(w === 'decide' ? 'drop' : 'confirm') }}>{t(w === 'decide' ? 'inspect.drop' : 'inspect.confirm')}</Button>
          <Say label={t(w === 'decide' ? 'inspect.uphold' : 'inspect.again')} field={t('inspect.note')} done={t('inspect.decided')}
            send={(note, act) => ok(client.POST('/publish/findings/{id}/decide', { ...act(), params, body: { decision: w === 'decide' ? 'uphold' : 'again', note, version: f.version } }))} />
        </span>
      ))}
      {may('retract') && <Button size="small" type="text" danger loading={retract.busy} onClick={() => { retract.go(null) }}>{t('inspect.retract')}</Button>}
    </div>
  )
}

type Send = Parameters<typeof useAction<{ text: string }, Finding>>[0]['run']

// A button that asks for a sentence first.
function Say({ label, field, hint, done, primary, send }: {
  label: string; field: string; hint?: string; done: string; primary?: boolean; send: (text: string, act: Parameters<Send>[1]) => Promise<Finding>
}) {
  const [form] = Form.useForm<{ text: string }>()
  const [open, setOpen] = useState(false)
  const act = useAction({ form, run: (v: { text: string }, a) => send(v.text, a), done: () => done, after: () => { setOpen(false) } })
  return (
    <>
      <Button size="small" type={primary ? 'primary' : 'default'} onClick={() => { setOpen(true) }}>{label}</Button>
      <FormDialog title={label} open={open} close={() => { setOpen(false) }} form={form} action={act} ok={label}>
        <Form.Item name="text" label={field} rules={[required(field)]}><Input.TextArea rows={3} maxLength={500} showCount placeholder={hint} /></Form.Item>
      </FormDialog>
    </>
  )
}
