import { Button, Form } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { ReadDepartment, ReadHelper } from '@/api/types'
import { t } from '@/i18n'
import { moment } from '@/ui/day'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { day } from '@/ui/format'
import { PersonSelect } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

interface Named { member: string; until?: string }

/** Who besides its head may look into a department's reading, said by the head (R037). */
export function ReadHelpers({ department: d }: { department: ReadDepartment }) {
  const [asking, setAsking] = useState(false)
  const [form] = Form.useForm<Named>()
  const close = () => { setAsking(false) }
  const name = useAction({
    form,
    run: (v: Named, act) => ok(client.POST('/publish/department-reading/helpers', {
      ...act(), body: { department_id: d.id, member_id: v.member, ...(v.until ? { until: moment(v.until, '23:59:59.999') } : {}) } })),
    done: () => t('depread.helper_named'), after: close,
  })
  const drop = useAction({
    run: (h: ReadHelper, act) => ok(client.DELETE('/publish/department-reading/helpers/{id}', { ...act(), params: { path: { id: h.id } } })),
    done: () => t('depread.helper_dropped'),
    confirm: (h) => ({ title: t('depread.helper_drop_ask', { name: h.name }), ok: t('depread.helper_drop') }),
  })
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{t('depread.helpers', { name: d.name })}</h2>
        <Button onClick={() => { setAsking(true) }}>{t('depread.helper_name')}</Button>
      </div>
      <p className="quiet">{t('depread.helpers_lead')}</p>
      <ul className="lines">
        {d.helpers.map((h) => (
          <li key={h.id}>
            <span className="grow">{h.name} <small className="quiet">{t(h.until ? 'depread.helper_until' : 'depread.helper_by', { by: h.given_by, until: day(h.until) })}</small></span>
            <Button type="text" size="small" danger aria-label={t('depread.helper_drop_named', { name: h.name })} loading={drop.busy} onClick={() => { drop.go(h) }}>{t('depread.helper_drop')}</Button>
          </li>
        ))}
      </ul>
      {d.helpers.length === 0 && <p className="quiet">{t('depread.helpers_none')}</p>}
      <FormDialog title={t('depread.helper_ask', { name: d.name })} open={asking} close={close} form={form} action={name} ok={t('depread.helper_name')}>
        <Form.Item name="member" label={t('depread.helper')} rules={[chosen(t('depread.helper'))]}><PersonSelect /></Form.Item>
        <Form.Item name="until" label={t('depread.helper_until_label')} extra={t('depread.helper_until_hint')}><DayInput /></Form.Item>
      </FormDialog>
    </section>
  )
}
