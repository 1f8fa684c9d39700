import { Button, Descriptions, Modal } from 'antd'
import type { AuditRecord } from '@/api/types'
import { t, tOr } from '@/i18n'
import { dateTime } from '@/ui/format'
import { actionText, detailOf, objectText, personText } from './words'

/** One entry with all that was recorded. */
export function Detail({ record: r, close, only }: { record: AuditRecord; close: () => void; only: (object: string) => void }) {
  const values = Object.entries(detailOf(r.detail))
  return (
    <Modal open title={actionText(r.action)} onCancel={close} width={640}
      footer={<><Button onClick={() => { only(r.object) }}>{t('audit.by_object')}</Button><Button type="primary" onClick={close}>{t('app.close')}</Button></>}>
      <Descriptions size="small" bordered column={1} styles={{ label: { width: 120 } }} items={[
        { key: 'at', label: t('app.time'), children: dateTime(r.at) },
        { key: 'by', label: t('audit.person'), children: personText(r) },
        { key: 'object', label: t('audit.object'), children: <>{objectText(r)}<div className="mono quiet" style={{ overflowWrap: 'anywhere' }}>{r.object}</div></> },
        ...values.map(([k, v]) => ({
          key: `v-${k}`, label: tOr(`field.${k}`, k), children: <span style={{ overflowWrap: 'anywhere' }}>{typeof v === 'string' ? v : JSON.stringify(v)}</span>,
        })),
        { key: 'code', label: t('audit.action_filter'), children: <span className="mono">{r.action}</span> },
        { key: 'ip', label: t('audit.ip'), children: <span className="mono">{r.ip}</span> },
        { key: 'request', label: t('audit.request'), children: <span className="mono" style={{ overflowWrap: 'anywhere' }}>{r.request}</span> },
      ]} />
    </Modal>
  )
}
