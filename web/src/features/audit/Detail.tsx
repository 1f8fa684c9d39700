import { useQuery } from '@tanstack/react-query'
import { Button, Descriptions, Modal } from 'antd'
import { client, ok } from '@/api/client'
import type { AuditRecord } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { empty, keyText, type Names, type Said, saidOf } from './said'
import { actionText, detailOf, objectText, personText, thingOf } from './words'

const ANYWHERE = { overflowWrap: 'anywhere' } as const

/** One entry with all that was recorded. */
export function Detail({ record: r, close, only }: { record: AuditRecord; close: () => void; only: (object: string) => void }) {
  const known = useQuery({
    queryKey: ['audit', 'names', r.id], staleTime: Infinity,
    queryFn: ({ signal }) => ok(client.GET('/audit/names', { signal, params: { query: { entry: r.id } } })),
  })
  const names: Names = new Map(known.data?.items.map((x) => [x.id, x.name]))
  const values = Object.entries(detailOf(r.detail)).filter(([k, v]) => !empty(v) && !(k === 'id' && v === thingOf(r.object).id))
    .map(([k, v]) => ({ key: k, label: keyText(k), said: saidOf(k, v, names) }))
    .filter((x, i, all) => !x.said.text || all.findIndex((y) => y.label === x.label && y.said.text === x.said.text) === i) // a role by its id and by its name
  const all = /^rbac\.restrict/.test(r.action) && empty(detailOf(r.detail).permissions) // a sanction that names none takes them all
  return (
    <Modal open title={actionText(r.action)} onCancel={close} width={640}
      footer={<><Button onClick={() => { only(r.object) }}>{t('audit.by_object')}</Button><Button type="primary" onClick={close}>{t('app.close')}</Button></>}>
      <Descriptions size="small" bordered column={1} styles={{ label: { width: 120 } }} items={[
        { key: 'at', label: t('app.time'), children: dateTime(r.at) },
        { key: 'by', label: keyText('by'), children: personText(r) },
        { key: 'object', label: t('audit.object'), children: objectText(r, names) },
        ...(all ? [{ key: 'all', label: keyText('permissions'), children: t('audit.all_permissions') }] : []),
        ...values.map((x) => ({ key: `v-${x.key}`, label: x.label, children: <Value said={x.said} /> })),
        { key: 'ip', label: t('audit.ip'), children: <span className="mono">{r.ip}</span> },
        { key: 'marks', label: t('audit.marks'), children: (
          <small className="mono quiet" style={ANYWHERE}>
            <div>{r.action}</div><div>{r.object}</div><div title={t('audit.request')}>{r.request}</div>
          </small>
        ) },
      ]} />
    </Modal>
  )
}

function Value({ said }: { said: Said }) {
  if (said.list) {
    const simple = said.list.every((x) => x.text !== undefined)
    return simple ? <span style={ANYWHERE}>{said.list.map((x) => x.text).join(t('app.comma'))}</span>
      : <>{said.list.map((x, i) => <div key={i}><Value said={x} /></div>)}</>
  }
  if (said.thing) return <>{said.thing.map((x) => <div key={x.label}><span className="quiet">{x.label}</span> <Value said={x.said} /></div>)}</>
  return <span style={ANYWHERE} title={said.raw}>{said.text}</span>
}
