import { Tag } from 'antd'
import type { Asked } from '@/api/types'
import { t } from '@/i18n'

const COLORS: Record<Asked['state'], string> = { waiting: 'processing', overdue: 'error', on_time: 'success', late: 'warning', withdrawn: 'default' }

/** Whether what was asked was answered, and in time. */
export function AnswerTag({ state }: { state: Asked['state'] }) {
  return <Tag color={COLORS[state]}>{t(`solicit.answer.${state}`)}</Tag>
}
