import type { Notice } from '@/api/types'
import { t, tOr } from '@/i18n'

/** A notice as a sentence: by its code, else its title, else that there is something new. */
export function noticeText(n: Pick<Notice, 'code' | 'params'>): string {
  return tOr(`notice.${n.code}`, String(n.params.title ?? t('notice.unknown')), n.params)
}
