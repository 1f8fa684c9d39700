import type { Item, ItemDraft } from '@/api/types'

type Fields = Pick<ItemDraft, 'audience' | 'audience_departments' | 'event_date' | 'valid_until'>

/** What an item says of itself besides, as its form begins with it. */
export const fieldsOf = (item: Item): Fields => ({
  audience: item.audience, audience_departments: item.audience_departments.map((d) => d.id),
  event_date: item.event_date ?? '', valid_until: item.valid_until ?? '',
})

/** The same as the server takes it: departments are named with the audience, or not at all. */
export function fieldsToSave(v: Fields): Fields {
  const days = { event_date: v.event_date ?? '', valid_until: v.valid_until ?? '' }
  if (v.audience !== 'departments') return { ...days, audience: v.audience ?? 'readers' }
  return v.audience_departments?.length ? { ...days, audience: 'departments', audience_departments: v.audience_departments } : days
}
