import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Form, Select, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { RuleDocument } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { chosen, FormDialog } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'

/** The unit's own rules for publishing: published items that the Office names as such (I15). */
export function RuleDocuments() {
  const manage = useCan()('publish.manage')
  const [open, setOpen] = useState(false)
  const query = useQuery({ queryKey: ['rule-documents'], queryFn: ({ signal }) => ok(client.GET('/publish/rule-documents', { signal })) })
  const drop = useAction({
    run: (d: RuleDocument, act) => ok(client.DELETE('/publish/rule-documents/{id}', { ...act(), params: { path: { id: d.item_id } } })),
    confirm: (d) => ({ title: t('rules.drop_ask', { title: d.title }), ok: t('rules.drop'), danger: true }),
    done: () => t('rules.dropped'),
  })
  const rows = query.data?.items ?? []
  return (
    <div className="gap-below">
      <div className="row-between"><h2>{t('rules.title')}</h2>{manage && <Button onClick={() => { setOpen(true) }}>{t('rules.name')}</Button>}</div>
      {rows.length === 0 ? <p className="quiet">{t('rules.none')}</p> : (
        <ul className="lines">
          {rows.map((d) => (
            <li key={d.item_id}>
              <span className="grow"><Link to="/publish/items/$id" params={{ id: d.item_id }}>{d.title}</Link> {d.state === 'withdrawn' && <Tag color="warning">▲ {t('rules.withdrawn')}</Tag>}</span>
              <span className="quiet">{t('rules.named_by', { name: d.named_name, at: dateTime(d.named_at) })}</span>
              {manage && <Button size="small" loading={drop.busy} onClick={() => { drop.go(d) }}>{t('rules.drop')}</Button>}
            </li>
          ))}
        </ul>
      )}
      {open && <Name close={() => { setOpen(false) }} />}
    </div>
  )
}

function Name({ close }: { close: () => void }) {
  const [form] = Form.useForm<{ item_id: string }>()
  const [q, setQ] = useState('')
  const items = useQuery({
    queryKey: ['items', 'rules', q], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/items', { signal, params: { query: { view: 'reading', ...(q ? { q } : {}) } } })),
  })
  const name = useAction({
    form,
    run: (v: { item_id: string }, act) => ok(client.POST('/publish/rule-documents', { ...act(), body: v })),
    done: () => t('rules.named'), after: close,
  })
  return (
    <FormDialog title={t('rules.name')} open close={close} form={form} action={name} ok={t('rules.name')}>
      <Form.Item name="item_id" label={t('rules.item')} extra={t('rules.item_hint')} rules={[chosen(t('rules.item'))]}>
        <Select showSearch={{ filterOption: false, onSearch: setQ }} loading={items.isFetching} placeholder={t('rules.item_ph')}
          options={(items.data?.items ?? []).map((i) => ({ value: i.id, label: i.title, note: i.column_name }))}
          optionRender={(o) => <span>{o.data.label} <small className="quiet">{o.data.note}</small></span>} />
      </Form.Item>
    </FormDialog>
  )
}
