import { Tag } from 'antd'
import { t } from '@/i18n'
import type { Call, FormRow, Judgement, Poll } from './types'

const FORM: Record<FormRow['state'], string> = { waiting: 'processing', returned: 'warning', overdue: 'error', submitted: 'success', closed: 'default', cancelled: 'default' }

/** Where a unit's self-assessment is. */
export function FormTag({ state, late }: { state: FormRow['state']; late?: boolean }) {
  return <><Tag color={FORM[state]}>{t(`review.form.${state}`)}</Tag>{late && <Tag color="warning">{t('review.late')}</Tag>}</>
}

const CALL: Record<Call['state'], string> = { open: 'processing', reviewing: 'warning', closing: 'processing', closed: 'success', cancelled: 'default' }

export function CallTag({ state }: { state: Call['state'] }) {
  return <Tag color={CALL[state]}>{t(`review.call.${state}`)}</Tag>
}

const LINE: Record<Judgement['state'], string> = { short: 'error', waiting: 'default', agreed: 'success', disputed: 'error', settled: 'processing' }

export function LineTag({ state }: { state: Judgement['state'] }) {
  return <Tag color={LINE[state]}>{t(`review.line.${state}`)}</Tag>
}

const POLL: Record<Poll['state'], string> = { open: 'processing', closed: 'success', cancelled: 'default' }

export function PollTag({ state }: { state: Poll['state'] }) {
  return <Tag color={POLL[state]}>{t(`review.poll.${state}`)}</Tag>
}

/** A day something is due, and the day until which it may be late. */
export function Due({ day, until }: { day: string; until?: string | null | undefined }) {
  return <>{day}{until && until > day && <small className="quiet"> {t('review.permit_until', { day: until })}</small>}</>
}
