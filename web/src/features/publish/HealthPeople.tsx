import { Checkbox, Tag } from 'antd'
import type { Responsible } from '@/api/types'
import { t } from '@/i18n'
import { Nothing } from '@/ui/Loaded'
import { useAddress } from '@/ui/useAddress'
import { RuleDocuments } from './RuleDocuments'

const complete = (r: Responsible) => r.head_name !== '' && r.publishers.length > 0

/** The departments with who answers for their publishing; those with a gap first (R005, R006). */
export function HealthPeople({ rows }: { rows: Responsible[] }) {
  const [search, set] = useAddress()
  const missing = search.people !== 'all'
  const shown = rows.filter((r) => !missing || !complete(r))
  return (
    <section className="panel">
      <RuleDocuments />
      <h2>{t('health.people')}</h2>
      <p className="quiet">{t('health.people_hint', { n: rows.filter(complete).length, all: rows.length })}</p>
      <Checkbox className="gap-below" checked={missing} onChange={(e) => { set({ people: e.target.checked ? undefined : 'all' }) }}>{t('health.people_missing')}</Checkbox>
      {shown.length === 0 ? <Nothing text={t(rows.length > 0 && missing ? 'health.people_done' : 'table.empty')} /> : (
        <ul className="lines people">
          {shown.map((r) => (
            <li key={r.id}>
              <span className="grow">{r.name}</span>
              <span>{r.head_name ? <>{t('health.head')} <b>{r.head_name}</b></> : <Tag color="warning">▲ {t('health.no_head')}</Tag>}</span>
              <span>{r.publishers.length > 0 ? <>{t('health.publishers')} <b>{r.publishers.join('、')}</b></> : <Tag color="warning">▲ {t('health.no_publisher')}</Tag>}</span>
              <span className="when">{t('health.column_count')} {r.columns}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
