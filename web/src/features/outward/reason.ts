import { t, tOr } from '@/i18n'

/** Why a notice did not go out; what the other side calls by a number is shown with it. */
export function reasonText(reason: string): string {
  const code = /^errcode_(?:minus_)?(\d+)$/.exec(reason)?.[1]
  return code ? `${t('outward.reason.errcode')} ${code}` : tOr(`outward.reason.${reason}`, reason)
}
