import { PlusOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Button, Form, Input, Radio, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { TrialBackup, TrialBackups, TrialRun } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { thisMinute } from '@/ui/day'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'

const CHECKS = ['no', 'read', 'restored'] as const
const COLORS: Record<TrialBackup['checked'], string> = { no: 'default', read: 'processing', restored: 'success' }

const COLUMNS = (): Col<TrialBackup>[] => [
  { key: 'at', title: t('trial.taken_at'), fixed: true, date: true, render: (b) => dateTime(b.taken_at) },
  { key: 'covers', title: t('trial.covers'), fixed: true, render: (b) => <>{b.covers}{b.note && <div className="quiet trial-text">{b.note}</div>}</> },
  { key: 'checked', title: t('trial.checked'), render: (b) => <Tag color={COLORS[b.checked]}>{t(`trial.checked.${b.checked}`)}</Tag> },
  { key: 'kept', title: t('trial.kept'), render: (b) => b.kept },
  { key: 'digest', title: t('trial.digest'), extra: true, render: (b) => <span className="mono trial-text">{b.digest}</span> },
  { key: 'by', title: t('trial.backup_by'), render: (b) => b.by_name },
]

/** Backups that were taken while a run went on, as they were written down, and when the next one is due (R338). */
export function Backups({ run }: { run: TrialRun }) {
  const able = useCan()('trial.support') && run.state === 'running'
  const [open, setOpen] = useState(false)
  const query = useQuery({ queryKey: ['trial-backups', run.id], queryFn: ({ signal }) => ok(client.GET('/trial/runs/{id}/backups', { signal, params: { path: { id: run.id } } })) })
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('trial.backups')}</h2>
        {able && <Button size="small" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('trial.backup_record')}</Button>}
      </div>
      <Loaded query={query}>{(l) => <Due of={l} />}</Loaded>
      <DataTable id="trial-backups" label={t('trial.backups')} query={query as never} columns={COLUMNS()} rowKey={(b) => b.id} paged={false} empty={<Nothing text={t('trial.no_backups')} />} />
      {open && <Record run={run.id} close={() => { setOpen(false) }} />}
    </section>
  )
}

function Due({ of: l }: { of: TrialBackups }) {
  if (l.every_days === 0) return <p className="quiet">{t('trial.backup_free')}</p>
  return (
    <p className={l.overdue ? 'red' : 'quiet'}>
      {l.due_on ? t('trial.backup_due', { n: l.every_days, day: l.due_on }) : t('trial.backup_every', { n: l.every_days })}
      {l.overdue && <> <Tag color="error">{t('trial.overdue')}</Tag></>}
    </p>
  )
}

interface Values { taken_at: string; covers: string; kept: string; digest?: string; checked: TrialBackup['checked']; note?: string }

function Record({ run, close }: { run: string; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const now = thisMinute()
  const save = useAction({
    form,
    run: (v: Values, act) => ok(client.POST('/trial/runs/{id}/backups', { ...act(), params: { path: { id: run } }, body: { ...v, taken_at: `${v.taken_at}:00+08:00` } })),
    done: () => t('trial.backup_done'), after: close,
  })
  return (
    <FormDialog title={t('trial.backup_record')} open close={close} form={form} action={save} width={600} initial={{ taken_at: now, covers: t('trial.covers_usual'), checked: 'read' }}>
      <p className="quiet">{t('trial.backups_hint')}</p>
      <Form.Item name="taken_at" label={t('trial.taken_at')} rules={[chosen(t('trial.taken_at'))]}><Input type="datetime-local" max={now} /></Form.Item>
      <Form.Item name="covers" label={t('trial.covers')} rules={[required(t('trial.covers'))]}><Input maxLength={200} /></Form.Item>
      <Form.Item name="kept" label={t('trial.kept')} rules={[required(t('trial.kept'))]}><Input maxLength={200} placeholder={t('trial.kept_ph')} /></Form.Item>
      <Form.Item name="checked" label={t('trial.checked')}><Radio.Group options={CHECKS.map((c) => ({ value: c, label: t(`trial.checked.${c}`) }))} /></Form.Item>
      <Form.Item name="digest" label={t('trial.digest')} extra={t('trial.digest_hint')}><Input maxLength={80} className="mono" autoComplete="off" spellCheck={false} /></Form.Item>
      <Form.Item name="note" label={t('trial.note')}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
    </FormDialog>
  )
}
