import { Alert } from 'antd'
import type { Item } from '@/api/types'
import { t } from '@/i18n'

/** Says that the item reads otherwise by now: one sees what one decided on. */
export function Superseded({ item }: { item: Item }) {
  if (!item.superseded) return null
  return <Alert type="info" showIcon className="gap-below" title={t('item.superseded', { n: item.revision })} />
}
