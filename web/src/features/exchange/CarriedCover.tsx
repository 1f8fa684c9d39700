import '@/features/publish/cover.css'
import type { EnvelopePage } from '@/api/types'

type Carries = Pick<EnvelopePage, 'id' | 'cover' | 'attachments'>

/** The picture of an item that came from another unit: one of the files it carries, once that is here. */
export function CarriedCover({ of, at }: { of: Carries; at: 'envelopes' | 'pushed' }) {
  const file = of.attachments.find((a) => a.id === of.cover?.attachment && a.state === 'ready')
  if (!file) return null
  return <figure className="cover-page"><img src={`/api/exchange/${at}/${of.id}/attachments/${file.id}/content`} alt={of.cover?.alt ?? ''} /></figure>
}
