import './cover.css'
import { Link } from '@tanstack/react-router'
import { Alert, Tag } from 'antd'
import type { Item } from '@/api/types'
import { t, tOr } from '@/i18n'
import { dateTime } from '@/ui/format'
import { coverHref } from './cover'

/** Above an item: that it is over, or when it will be published. */
export function ItemNotes({ item }: { item: Item }) {
  const s = item.state === 'approved' ? item.schedule : undefined
  return (
    <>
      {item.expired && item.state === 'published' && <Alert type="warning" showIcon className="gap-below" title={t('item.expired_since', { day: item.valid_until ?? '' })} />}
      {s?.state === 'waiting' && <Alert type="info" showIcon className="gap-below" title={t('schedule.is', { at: dateTime(s.at), name: s.by.name })} description={t('schedule.is_hint')} />}
      {s?.state === 'failed' && <Alert type="error" showIcon className="gap-below" title={t('schedule.failed', { at: dateTime(s.at) })} description={tOr(`error.${s.reason}`, s.reason)} />}
    </>
  )
}

/** Beside its date: for whom an item is meant, when it happened and until when it holds. */
export function ItemFacts({ item }: { item: Item }) {
  return (
    <>
      {item.event_date && <span>{t('item.event_is', { day: item.event_date })}</span>}
      {item.valid_until && <span>{t('item.valid_is', { day: item.valid_until })}</span>}
      {item.audience === 'all' && <Tag color="blue">{t('item.audience.all')}</Tag>}
      {item.audience === 'departments' && <span>{t('item.audience_is', { names: item.audience_departments.map((d) => d.name).join(t('app.comma')) })}</span>}
      {item.origin && <span>{t('copy.from')} <Link to="/publish/items/$id" params={{ id: item.origin.id }}>{item.origin.name}</Link></span>}
    </>
  )
}

/** The picture of an item on its page. */
export function CoverFigure({ item }: { item: Item }) {
  if (!item.cover) return null
  return <figure className="cover-page"><img key={item.cover.id} src={coverHref(item)} alt={item.cover.alt} /></figure>
}
