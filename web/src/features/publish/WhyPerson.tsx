import { Alert } from 'antd'
import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { Column, ColumnGround, ColumnRightHolder } from '@/api/types'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { PersonSelect } from '@/ui/pickers'

const EVERYBODY = '00000000-0000-0000-0000-000000000000'

/** Why may this person publish here? Each right with the grants it comes from: where in the tree, by whom and when. */
export function WhyPerson({ column, holders }: { column: Column; holders: ColumnRightHolder[] | undefined }) {
  const [person, setPerson] = useState<string>()
  const people = useQuery({ queryKey: ['directory', 'all'], enabled: person !== undefined, queryFn: ({ signal }) => ok(client.GET('/org/directory', { signal, params: { query: { limit: 200 } } })) })
  const name = holders?.find((h) => h.member_id === person)?.name ?? people.data?.items.find((p) => p.id === person)?.name ?? ''
  const held = (holders ?? []).filter((h) => h.member_id === person || h.member_id === EVERYBODY)
  return (
    <div className="stack">
      <PersonSelect aria-label={t('column.ask_why')} placeholder={t('column.ask_why')} allowClear style={{ maxWidth: 420 }} {...(person ? { value: person } : {})} onChange={(id) => { setPerson(id || undefined) }} />
      {person && held.length === 0 && <Alert type="info" title={t('column.why_none', { name })} />}
      {person && held.map((h) => (
        <Alert key={h.right} type="info" title={t('column.why_may', { name, right: t(`right.${h.right}`) })}
          description={<ul className="why">{h.reasons.map((g) => <li key={g.grant_id}>{groundText(g, column)}</li>)}</ul>} />
      ))}
    </div>
  )
}

/** One grant as a sentence. */
export function groundText(g: ColumnGround, column: Pick<Column, 'id'>): string {
  const where = g.column_id === null ? t('column.ground.all') : g.column_id === column.id ? t('column.ground.here') : t('column.ground.above', { name: g.column_name })
  return t(`column.ground.${g.subject_kind}`, { by: g.by || t('column.ground.system'), at: dateTime(g.at), subject: g.subject_name })
    + (g.role_name ? t('column.ground.as_role', { role: g.role_name }) : '') + where + (g.until ? t('column.ground.until', { at: dateTime(g.until) }) : '')
}
