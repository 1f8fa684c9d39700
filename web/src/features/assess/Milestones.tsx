import { FlagOutlined } from '@ant-design/icons'
import { Button, Form, Input, Modal } from 'antd'
import { useState } from 'react'
import type { Plan } from '@/api/types'
import { type Key, t } from '@/i18n'

export type Milestone = NonNullable<NonNullable<Plan['headings']>[number]['milestones']>[number]

export const QUARTERS = [1, 2, 3, 4]

/** Who helps with a heading, and what is to be reached by the end of each quarter; empty ones are left out. */
export function Milestones({ id, at, name, value = [], onChange }: { id?: string; at: number; name: string | undefined; value?: Milestone[]; onChange?: (v: Milestone[]) => void }) {
  const form = Form.useFormInstance()
  const path = ['plan', 'headings', at, 'assisting']
  const assisting = Form.useWatch(path, { form, preserve: true }) as string | undefined
  const [open, setOpen] = useState(false)
  const text = (q: number) => value.find((m) => m.quarter === q)?.text ?? ''
  const set = (q: number, to: string) => {
    onChange?.([...value.filter((m) => m.quarter !== q), ...(to ? [{ quarter: q, text: to }] : [])].sort((a, b) => a.quarter - b.quarter))
  }
  return (
    <>
      <Button id={id ?? ''} icon={<FlagOutlined />} aria-label={t('plan.milestones_of', { name: name ?? '' })} onClick={() => { setOpen(true) }}>{t('plan.milestones_n', { n: value.length })}</Button>
      <Modal title={t('plan.milestones_of', { name: name ?? '' })} open={open} onCancel={() => { setOpen(false) }} footer={<Button type="primary" onClick={() => { setOpen(false) }}>{t('app.ok')}</Button>} destroyOnHidden>
        <div className="stack">
          <label>
            <div>{t('plan.assisting')}</div>
            <Input value={assisting ?? ''} maxLength={120} onChange={(e) => { form.setFieldValue(path, e.target.value) }} />
          </label>
          <p className="quiet" style={{ margin: '8px 0 0' }}>{t('plan.milestones_hint')}</p>
          {QUARTERS.map((q) => (
            <label key={q}>
              <div>{t(`plan.quarter.${q}` as Key)}</div>
              <Input value={text(q)} maxLength={120} onChange={(e) => { set(q, e.target.value) }} />
            </label>
          ))}
        </div>
      </Modal>
    </>
  )
}
