import { Button } from 'antd'
import { useState } from 'react'
import type { Item } from '@/api/types'
import { Fold } from '@/features/approval/Fold'
import { t } from '@/i18n'
import { Loaded } from '@/ui/Loaded'
import { DiffView } from './DiffView'
import { returnedBefore, useChanges, useRevisions } from './revisions'
import { RevisionsDrawer } from './RevisionsDrawer'

/** For who reviews an item again: what has changed since it was returned. Nothing if it comes for the first time. */
export default function SinceReturned({ item }: { item: Item }) {
  const rows = useRevisions(item.id).data?.pages[0]?.items ?? []
  const returned = returnedBefore(rows)
  const current = rows.find((r) => r.current)
  if (!returned || !current) return null
  return <Since item={item} since={returned.number} number={current.number} own={returned.decided} />
}

function Since({ item, since, number, own }: { item: Item; since: number; number: number; own: boolean }) {
  const [open, setOpen] = useState(false)
  const query = useChanges(item.id, since, number, item.version)
  return (
    <Fold title={t(own ? 'revision.since_mine' : 'revision.since', { n: since })} open>
      <Loaded query={query}>{(c) => <DiffView changes={c} />}</Loaded>
      <Button type="link" size="small" onClick={() => { setOpen(true) }}>{t('revision.open')}</Button>
      {open && <RevisionsDrawer item={item} since={since} close={() => { setOpen(false) }} />}
    </Fold>
  )
}
