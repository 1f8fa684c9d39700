import { SyncOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { App, Badge, Button } from 'antd'
import { useCallback, useEffect, useSyncExternalStore } from 'react'
import { t } from '@/i18n'
import { fetchWork, useOpenWorks } from './data'
import { follow, following, forget, onFollowing } from './follow'
import { Result } from './Result'
import { endText, isOpen } from './words'

/** In the head, while something is under way: how much; and a message when it has ended, on whatever page one is. */
export default function Indicator() {
  const navigate = useNavigate()
  const open = useOpenWorks()
  const announce = useAnnouncement()
  const ids = useSyncExternalStore(onFollowing, following)
  const { data, dataUpdatedAt } = open
  useEffect(() => { if (data) follow(...data.items.map((w) => w.id)) }, [data])
  useEffect(() => {
    if (!data) return
    const still = new Set(data.items.map((w) => w.id))
    for (const id of ids) if (!still.has(id)) void announce(id)
  }, [ids, data, dataUpdatedAt, announce])
  const n = data?.items.length ?? 0
  if (n === 0) return null
  return (
    <Badge count={n} size="small" offset={[-6, 6]} color="#1f5f99">
      <Button type="text" icon={<SyncOutlined spin />} aria-label={t('work.underway', { n })} title={t('work.underway', { n })}
        onClick={() => void navigate({ to: '/works' })} />
    </Badge>
  )
}

// Says once how a work ended, and has the page show what came of it.
function useAnnouncement() {
  const { message } = App.useApp()
  const queries = useQueryClient()
  return useCallback(async (id: string) => {
    const work = await fetchWork(id).catch(() => undefined)
    if (!work || isOpen(work) || !forget(id)) return
    void queries.invalidateQueries()
    const close = () => { message.destroy(id) }
    void message.open({
      key: id, duration: 6, type: work.state === 'done' ? 'success' : work.state === 'stopped' ? 'info' : 'error',
      content: <>{endText(work)} {work.href !== window.location.pathname && <Result work={work} onOpen={close} />}</>,
    })
  }, [message, queries])
}
