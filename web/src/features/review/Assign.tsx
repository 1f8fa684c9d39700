import { useQuery } from '@tanstack/react-query'
import { Button, Form, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { t } from '@/i18n'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import type { CallPage, LineState } from './types'

interface Values { members: string[] }

/** Says who reviews one line or several: two people at least, who have nothing to do with the units. */
export default function Assign({ call, lines, close }: { call: CallPage; lines: LineState[]; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const one = lines.length === 1 ? lines[0] : undefined
  const assign = useAction({
    form,
    run: (v: Values, act) => ok(client.PUT('/review/calls/{id}/assessors', { ...act(), params: { path: { id: call.id } }, body: { codes: lines.map((l) => l.code), members: v.members, version: call.version } })),
    done: () => t('review.assigned'),
    after: close,
  })
  const suggested = one?.suggested ?? []
  return (
    <FormDialog title={one ? t('review.assign_for', { line: one.name }) : t('review.assign_all')} open close={close} form={form} action={assign} initial={{ members: one?.assessors.map((a) => a.id) ?? [] }} width={600}>
      <p>{t('review.assign_hint')}</p>
      <Form.Item name="members" label={t('review.assessors')} rules={[chosen(t('review.assessors'))]}><People known={[...(one?.assessors ?? []), ...suggested]} /></Form.Item>
      {suggested.length > 0 && (
        <div className="row">
          <span className="quiet">{t('review.suggested', { department: one?.department ?? '' })}</span>
          {suggested.map((s) => <Button key={s.id} size="small" onClick={() => { form.setFieldValue('members', [...new Set([...(form.getFieldValue('members') as string[]), s.id])]) }}>{s.name}</Button>)}
        </div>
      )}
    </FormDialog>
  )
}

interface Known { id: string; name: string; department: string }

/** Chooses several colleagues by name. */
export function People({ value, onChange, known, id }: { value?: string[]; onChange?: (ids: string[]) => void; known: Known[]; id?: string }) {
  const [q, setQ] = useState('')
  const [seen, setSeen] = useState<Known[]>(known)
  const query = useQuery({
    queryKey: ['directory', q],
    queryFn: ({ signal }) => ok(client.GET('/org/directory', { signal, params: { query: q ? { q } : {} } })),
  })
  const found = (query.data?.items ?? []).map((p) => ({ id: p.id, name: p.name, department: `${p.department} ${p.title}`.trim() }))
  const all = [...seen, ...found.filter((p) => !seen.some((s) => s.id === p.id))]
  const pick = (ids: string[]) => { setSeen(all.filter((p) => ids.includes(p.id) || known.some((k) => k.id === p.id))); onChange?.(ids) }
  return (
    <Select mode="multiple" {...(id ? { id } : {})} {...(value ? { value } : {})} onChange={pick} showSearch={{ filterOption: false, onSearch: setQ }} loading={query.isFetching} placeholder={t('pick.person')}
      options={all.map((p) => ({ value: p.id, label: p.name, note: p.department }))} optionRender={(o) => <span>{o.data.label} <small className="quiet">{o.data.note}</small></span>} />
  )
}
