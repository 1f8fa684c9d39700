import { DownloadOutlined } from '@ant-design/icons'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Form, Input, Radio, Segmented, Select } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { Drawn, InspectionPage } from '@/api/types'
import { currentLocale, t } from '@/i18n'
import { pageOf } from '@/ui/DataTable'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { dateTime } from '@/ui/format'
import { Loaded, Nothing } from '@/ui/Loaded'
import { exportHref } from '@/ui/sort'
import { Pager } from '@/ui/TableBars'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { FindingCard } from './InspectFinding'

const CLASSES = ['format', 'wording', 'slow', 'other'] as const
const SEVERITIES = ['minor', 'normal', 'grave'] as const

/** The items of an inspection with what was found about each, narrowed by state, unit and class. */
export function InspectItems({ page: p }: { page: InspectionPage }) {
  const [search, set] = useAddress()
  const [found, setFound] = useState<Drawn>()
  const filter = {
    ...(search.state ? { state: search.state } : {}), ...(search.unit ? { unit: search.unit } : {}), ...(search.class ? { class: search.class } : {}),
  }
  const query = useQuery({
    queryKey: ['inspection', p.id, 'items', search], placeholderData: keepPreviousData,
    queryFn: ({ signal }) => ok(client.GET('/publish/inspections/{id}/items', { signal, params: { path: { id: p.id }, query: { ...pageOf(search), ...filter } } })),
  })
  const narrow = (patch: Record<string, string | undefined>) => { set({ ...patch, after: undefined }) }
  return (
    <>
      <div className="filters no-print">
        <Segmented value={search.state ?? ''} onChange={(state) => { narrow({ state }) }}
          options={[{ value: '', label: t('app.all') }, { value: 'todo', label: t('inspect.todo') }, { value: 'done', label: t('inspect.done') }]} />
        {p.units.length > 1 && (
          <Select allowClear style={{ minWidth: 160 }} aria-label={t('item.department')} placeholder={t('inspect.all_units')} value={search.unit} onChange={(unit: string | undefined) => { narrow({ unit }) }}
            options={p.units.map((u) => ({ value: u.id, label: u.name || t('inspect.whole') }))} />
        )}
        <Select allowClear style={{ minWidth: 140 }} aria-label={t('inspect.class')} placeholder={t('inspect.all_classes')} value={search.class} onChange={(c: string | undefined) => { narrow({ class: c }) }}
          options={CLASSES.map((c) => ({ value: c, label: t(`inspect.class.${c}`) }))} />
        <Button icon={<DownloadOutlined />} href={exportHref('/publish/inspections/{id}/items', filter, currentLocale()).replace('{id}', p.id)} download>{t('inspect.export')}</Button>
      </div>
      <Loaded query={query} isEmpty={(l) => l.items.length === 0} empty={<Nothing />}>
        {(l) => (
          <>
            <ol className="inspect-items">{l.items.map((d) => <Row key={d.item_id} page={p} row={d} find={() => { setFound(d) }} />)}</ol>
            <div className="table-foot"><Pager next={l.next} /></div>
          </>
        )}
      </Loaded>
      <FindingDialog page={p} row={found} close={() => { setFound(undefined) }} />
    </>
  )
}

function Row({ page: p, row: d, find }: { page: InspectionPage; row: Drawn; find: () => void }) {
  const pass = useAction({
    run: (_: null, act) => ok(client.POST('/publish/inspections/{id}/items/{item}/pass', { ...act(), params: { path: { id: p.id, item: d.item_id } } })),
    done: () => t('inspect.passed', { title: d.title }),
  })
  return (
    <li>
      <div className="row-between">
        <Link className="title" to="/publish/items/$id" params={{ id: d.item_id }}><span className="quiet">{d.position}.</span> <strong>{d.title}</strong></Link>
        <span className="row no-print">
          {d.may.includes('inspect') && <>
            {!d.inspected_at && <Button size="small" type="primary" loading={pass.busy} onClick={() => { pass.go(null) }}>{t('inspect.pass')}</Button>}
            <Button size="small" onClick={find}>{t('inspect.record')}</Button>
          </>}
        </span>
      </div>
      <div className="quiet">
        {d.unit.name || t('inspect.whole')} · {d.column_name} · {dateTime(d.published_at)} · {d.inspected_at
          ? <>{t('inspect.inspected_by')} {d.inspected_by}{d.findings.length === 0 && <> · <span className="state-fresh">✓ {t('inspect.clean')}</span></>}</>
          : t('inspect.todo')}
      </div>
      {d.findings.map((f) => <FindingCard key={f.id} finding={f} />)}
    </li>
  )
}

interface Fields { class: (typeof CLASSES)[number]; severity: (typeof SEVERITIES)[number]; text: string }

function FindingDialog({ page: p, row, close }: { page: InspectionPage; row: Drawn | undefined; close: () => void }) {
  const [form] = Form.useForm<Fields>()
  const save = useAction({
    form,
    run: (v: Fields, act) => ok(client.POST('/publish/inspections/{id}/items/{item}/findings', { ...act(), params: { path: { id: p.id, item: row?.item_id ?? '' } }, body: v })),
    done: () => t('inspect.recorded'),
    after: close,
  })
  return (
    <FormDialog title={t('inspect.record_on', { title: row?.title ?? '' })} open={row !== undefined} close={close} form={form} action={save} ok={t('inspect.record')} initial={{ severity: 'minor' }}>
      <Form.Item name="class" label={t('inspect.class')} rules={[chosen(t('inspect.class'))]}>
        <Radio.Group options={CLASSES.map((c) => ({ value: c, label: t(`inspect.class.${c}`) }))} />
      </Form.Item>
      <Form.Item name="severity" label={t('inspect.severity')}><Radio.Group options={SEVERITIES.map((s) => ({ value: s, label: t(`inspect.severity.${s}`) }))} /></Form.Item>
      <Form.Item name="text" label={t('inspect.text')} rules={[required(t('inspect.text'))]}><Input.TextArea rows={3} maxLength={500} showCount placeholder={t('inspect.text_ph')} /></Form.Item>
    </FormDialog>
  )
}
