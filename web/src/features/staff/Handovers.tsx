import { useQuery } from '@tanstack/react-query'
import { Tag } from 'antd'
import { client, ok } from '@/api/client'
import type { StaffHanded } from '@/api/types'
import { currentLocale, t, tOr } from '@/i18n'
import { type Col, DataTable } from '@/ui/DataTable'
import { dateTime } from '@/ui/format'
import { Nothing } from '@/ui/Loaded'
import { Page } from '@/ui/Page'
import { exportHref, pageOf } from '@/ui/sort'
import { useAddress } from '@/ui/useAddress'

const counts = (l: StaffHanded['lines'][number]) => l.passed + l.left > 0

/** Who left, moved or stepped aside, and what went to whom. */
export function Handovers() {
  const [search] = useAddress()
  const asked = pageOf(search)
  const query = useQuery({ queryKey: ['staff', 'handovers', asked], queryFn: ({ signal }) => ok(client.GET('/staff/handovers', { signal, params: { query: asked } })) })
  const columns: Col<StaffHanded>[] = [
    { key: 'member', title: t('org.name'), fixed: true, render: (h) => <>{h.member} <Tag>{t(`staff.handed.${h.act}`)}</Tag></> },
    { key: 'to', title: t('staff.successor'), render: (h) => h.successor },
    { key: 'lines', title: t('staff.passed'), render: (h) => (h.lines.some(counts) ? h.lines.filter(counts).map((l) => (
      <div key={l.kind}>{t('staff.passed_n', { what: tOr(`staff.estate.${l.kind}`, l.kind), n: l.passed })}{l.left > 0 && <span className="quiet"> {t('staff.left_n', { n: l.left })}</span>}</div>
    )) : null) },
    { key: 'reason', title: t('app.reason'), render: (h) => h.reason },
    { key: 'at', title: t('staff.at'), render: (h) => <>{dateTime(h.at)} <span className="quiet">{h.by}</span></> },
  ]
  return (
    <Page help="members#leave" name={t('staff.handovers')} back>
      <section className="panel">
        <DataTable id="handovers" label={t('staff.handovers')} query={query} columns={columns} rowKey={(h) => h.id} empty={<Nothing text={t('staff.handovers_none')} />}
          exportHref={exportHref('/staff/handovers', asked, currentLocale())} />
      </section>
    </Page>
  )
}
