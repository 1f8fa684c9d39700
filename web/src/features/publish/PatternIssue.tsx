import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { FormDialog, required } from '@/ui/FormDialog'
import { Loaded } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { PatternTree } from './PatternView'

interface Fields { note: string }

/** Issues our columns and their rules, as they are now, for the tenants below (R025). */
export function PatternIssue() {
  const [form] = Form.useForm<Fields>()
  const [open, setOpen] = useState(false)
  const close = () => { setOpen(false) }
  const draft = useQuery({ queryKey: ['patterns', 'draft'], queryFn: ({ signal }) => ok(client.GET('/publish/pattern-draft', { signal })) })
  const issue = useAction({
    form, after: close,
    run: (v: Fields, act) => ok(client.POST('/publish/patterns', { ...act(), body: v })),
    done: (p) => t('pattern.issued', { n: p.version }),
  })
  return (
    <Loaded query={draft} skeleton={<span />}>
      {(d) => (
        <>
          <Alert type="info" showIcon title={told(d)}
            action={d.items.length > 0 && !d.same && <Button size="small" type="primary" onClick={() => { setOpen(true) }}>{t('pattern.issue')}</Button>} />
          <FormDialog title={t('pattern.issue_title', { n: d.version })} open={open} close={close} form={form} action={issue} ok={t('pattern.issue')} width={640}>
            <Form.Item name="note" label={t('pattern.note')} extra={t('pattern.note_hint')} rules={[required(t('pattern.note'))]}><Input.TextArea rows={2} maxLength={500} showCount /></Form.Item>
            <h2 className="section">{t('pattern.contents_n', { n: d.items.length })}</h2>
            <PatternTree columns={d.items} />
          </FormDialog>
        </>
      )}
    </Loaded>
  )
}

function told(d: { items: unknown[]; same: boolean; version: number; units: number }): string {
  if (d.items.length === 0) return t('pattern.draft_empty')
  if (d.same) return t('pattern.draft_same', { n: d.version - 1 })
  return t(d.version === 1 ? 'pattern.draft_first' : 'pattern.draft_changed', { n: d.version - 1, units: d.units })
}
