import { problemText } from '@/api/problem'
import type { Work } from '@/api/types'
import { t, tOr } from '@/i18n'

/** Whether it still goes on. */
export function isOpen(w: Pick<Work, 'state'>): boolean { return w.state === 'queued' || w.state === 'running' }

/** How far a work is, from 0 to 100; it is 100 only when it has ended well. */
export function percent(w: Pick<Work, 'state' | 'done' | 'total'>): number {
  if (w.state === 'done') return 100
  return w.total > 0 ? Math.min(99, Math.floor((w.done * 100) / w.total)) : 0
}

/** What kind of work it is. */
export function kindText(w: Pick<Work, 'kind'>): string { return tOr(`work.kind.${w.kind}`, t('work.kind')) }

/** How a work ended, in a sentence. */
export function endText(w: Pick<Work, 'kind' | 'title' | 'state' | 'code' | 'facts'>): string {
  const facts = { ...w.facts, title: w.title, digest: (w.facts.digest ?? '').slice(0, 12) }
  if (w.state === 'stopped') return t('work.end.stopped', facts)
  if (w.state === 'failed') return t('work.end.failed', { title: w.title, why: problemText({ status: 409, code: w.code }) })
  return tOr(`work.end.${w.kind}`, t('work.end.done', facts), facts)
}
