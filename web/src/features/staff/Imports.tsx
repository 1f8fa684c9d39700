import { DownloadOutlined, UploadOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Table, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import { octets } from '@/api/octets'
import type { StaffImport, StaffReport, StaffSlip } from '@/api/types'
import { t } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { ImportDialog } from '@/ui/ImportDialog'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { pageOf } from '@/ui/sort'
import { useAction } from '@/ui/useAction'
import { useAddress } from '@/ui/useAddress'
import { Slips } from './Slips'

function send(file: File, dry: boolean, headers: Record<string, string> = {}): Promise<StaffReport> {
  return ok(client.POST('/staff/imports', {
    ...octets(file, headers), params: { query: { dry_run: dry, name: file.name } },
  } as never)) as Promise<StaffReport>
}

/** Lists of departments and people: tried first, then taken in, and taken back as long as nobody has come. */
export function Imports() {
  const [search] = useAddress()
  const [adding, setAdding] = useState(false)
  const [slips, setSlips] = useState<StaffSlip[]>()
  const query = useQuery({ queryKey: ['staff', 'imports', search], queryFn: ({ signal }) => ok(client.GET('/staff/imports', { signal, params: { query: pageOf(search) } })) })
  const undo = useAction({
    run: (i: StaffImport, act) => ok(client.POST('/staff/imports/{id}/undo', { ...act(), params: { path: { id: i.id } } })),
    confirm: (i) => ({ title: t('staff.undo_ask', { name: i.name }), content: t('staff.undo_hint', { people: i.people, departments: i.departments }), ok: t('staff.undo'), danger: true }),
    done: (i) => t('staff.undone', { name: i.name }),
  })
  const make = useAction({
    run: (i: StaffImport, act) => ok(client.POST('/staff/imports/{id}/slips', { ...act(), params: { path: { id: i.id } } })),
    confirm: () => ({ title: t('staff.slips_ask'), content: t('staff.slips_hint'), ok: t('staff.slips') }),
    after: (l) => { setSlips(l.items) },
  })
  const columns: Col<StaffImport>[] = [
    { key: 'name', title: t('staff.file'), fixed: true, render: (i) => i.name },
    { key: 'at', title: t('staff.at'), render: (i) => <>{dateTime(i.at)} <span className="quiet">{i.by}</span></> },
    { key: 'made', title: t('staff.made'), render: (i) => t('staff.made_n', { people: i.people, departments: i.departments }) },
    { key: 'state', title: t('app.state'), render: (i) => i.state === 'undone' ? <Tag>{t('staff.state.undone')}</Tag> : <Tag color={i.come < i.people ? 'processing' : 'success'}>{t('staff.come_n', { n: i.come, of: i.people })}</Tag> },
    { key: 'acts', title: '', fixed: true, align: 'right', render: (i) => i.state === 'undone' ? null : (
      <>
        {i.come < i.people && <Button size="small" type="link" loading={make.busy} onClick={() => { make.go(i) }}>{t('staff.slips')}</Button>}
        {i.come === 0 && <Button size="small" type="text" danger loading={undo.busy} onClick={() => { undo.go(i) }}>{t('staff.undo')}</Button>}
      </>
    ) },
  ]
  return (
    <Page help="members#import" name={t('staff.imports')} back extra={
      <>
        <Button icon={<DownloadOutlined />} href="/api/staff/imports/template">{t('staff.template')}</Button>
        <Button type="primary" icon={<UploadOutlined />} onClick={() => { setAdding(true) }}>{t('staff.import')}</Button>
      </>
    }>
      <section className="panel">
        <DataTable id="imports" label={t('staff.imports')} query={query} columns={columns} rowKey={(i) => i.id} empty={<Nothing text={t('staff.imports_none')} />} />
      </section>
      {adding && <ImportPeople close={() => { setAdding(false) }} />}
      {slips && <Slips slips={slips} close={() => { setSlips(undefined) }} />}
    </Page>
  )
}

function ImportPeople({ close }: { close: () => void }) {
  return (
    <ImportDialog title={t('staff.import')} hint={t('staff.import_hint')} drop={t('staff.import_drop')} accept=".xlsx" ok={t('staff.import_do')} width={760}
      send={send} ready={(r) => r.fault_count === 0 && r.people.length - r.there + r.departments.length > 0} close={close}
      done={(r) => t('staff.imported', { people: r.people.length - r.there, departments: r.departments.length })}>
      {(r) => <Outcome report={r} />}
    </ImportDialog>
  )
}

function Outcome({ report: r }: { report: StaffReport }) {
  const fresh = r.people.filter((p) => !p.there)
  if (r.fault_count > 0) {
    return (
      <>
        <Alert type="error" showIcon title={t('staff.faults', { n: r.fault_count })} />
        <ul className="lines">
          {r.faults.slice(0, 50).map((f) => {
            const at = { row: f.row, column: f.column, what: t(`staff.fault.${f.code}`), value: f.value }
            return <li key={`${f.row}${f.column}${f.code}`}>{t(f.value ? 'staff.fault_of' : 'staff.fault', at)}</li>
          })}
        </ul>
      </>
    )
  }
  return (
    <>
      <Alert type="info" showIcon title={t('staff.tried', { people: fresh.length, departments: r.departments.length, there: r.there })} description={t('staff.tried_hint')} />
      {r.departments.length > 0 && <p>{t('staff.new_departments', { names: r.departments.slice(0, 8).join(t('app.comma')) })}</p>}
      {fresh.length > 0 && (
        <div className="table-scroll" role="region" aria-label={t('staff.new_people')} tabIndex={0}>
          <Table size="small" pagination={{ pageSize: 8, hideOnSinglePage: true, showSizeChanger: false }} rowKey="row" dataSource={fresh} columns={[
            { title: t('org.name'), dataIndex: 'name' },
            { title: t('org.login'), dataIndex: 'login', render: (v: string) => <span className="mono">{v}</span> },
            { title: t('member.department'), dataIndex: 'department' },
            { title: t('member.title'), dataIndex: 'title', render: (v: string, p) => <>{v} {p.head && <Tag color="processing">{t('dept.head')}</Tag>}{p.kind === 'external' && <Tag>{p.until ? t('staff.until_is', { until: p.until }) : t('staff.kind.external')}</Tag>}</> },
          ]} />
        </div>
      )}
    </>
  )
}
