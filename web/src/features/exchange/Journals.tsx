import { PlusOutlined } from '@ant-design/icons'
import { Button, Form, Input, Radio } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Journal, JournalDraft } from '@/api/types'
import { useCan } from '@/app/session'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { FormDialog, required } from '@/ui/FormDialog'
import { WithTerm } from '@/ui/HelpLink'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { useAction } from '@/ui/useAction'
import { useJournals } from './data'

/** The journals that adopt what is reported. */
export function Journals() {
  const manage = useCan()('exchange.manage')
  const query = useJournals()
  const [edited, setEdited] = useState<Partial<Journal>>()
  const columns: Col<Journal>[] = [
    { key: 'name', title: t('app.name_label'), fixed: true, render: (j) => j.name },
    { key: 'level', title: t('journal.level'), render: (j) => t(`journal.level.${j.level}`) },
    { key: 'kind', title: t('item.kind'), render: (j) => j.kind },
    ...(manage ? [{ key: 'actions', title: '', fixed: true, align: 'right' as const, render: (j: Journal) => <Button size="small" onClick={() => { setEdited(j) }}>{t('app.edit')}</Button> }] : []),
  ]
  return (
    <Page help="inbox#journals" name={t('nav.journals')} extra={manage && <Button type="primary" icon={<PlusOutlined />} onClick={() => { setEdited({}) }}>{t('journal.new')}</Button>}>
      <section className="panel">
        <DataTable id="journals" label={t('nav.journals')} query={query} columns={columns} rowKey={(j) => j.id} paged={false} empty={<Nothing text={t('journal.empty')} />} />
      </section>
      <Edit row={edited} close={() => { setEdited(undefined) }} />
    </Page>
  )
}

function Edit({ row, close }: { row: Partial<Journal> | undefined; close: () => void }) {
  const [form] = Form.useForm<JournalDraft>()
  const id = row?.id
  const save = useAction({
    form,
    run: (v: JournalDraft, act) => id
      ? ok(client.PATCH('/exchange/journals/{id}', { ...act(), params: { path: { id } }, body: { ...v, ...(row.version ? { version: row.version } : {}) } }))
      : ok(client.POST('/exchange/journals', { ...act(), body: v })),
    done: (j) => t('journal.saved', { name: j.name }),
    after: close,
  })
  return (
    <FormDialog title={t(id ? 'journal.edit' : 'journal.new')} open={row !== undefined} close={close} form={form} action={save}
      initial={{ name: row?.name, level: row?.level ?? 'own', kind: row?.kind ?? t('journal.kind_default') }}>
      <Form.Item name="name" label={t('app.name_label')} rules={[required(t('app.name_label'))]}><Input maxLength={60} autoFocus /></Form.Item>
      <Form.Item name="level" label={t('journal.level')} extra={<WithTerm of="journal" about={t('journal.level')}>{t('journal.level_hint')}</WithTerm>}>
        <Radio.Group options={(['own', 'upper'] as const).map((l) => ({ value: l, label: t(`journal.level.${l}`) }))} />
      </Form.Item>
      <Form.Item name="kind" label={t('item.kind')} rules={[required(t('item.kind'))]}><Input maxLength={40} /></Form.Item>
    </FormDialog>
  )
}
