import { DatePicker } from 'antd'
import dayjs from 'dayjs'

/** A day in a form, as the server writes it: 2026-11-22; undefined for none. */
export function DayInput({ value, onChange, ...p }: { value?: string | null; onChange?: (day: string | undefined) => void; id?: string }) {
  return <DatePicker {...p} style={{ width: '100%' }} value={value ? dayjs(value) : null} onChange={(d) => onChange?.(d ? d.format('YYYY-MM-DD') : undefined)} />
}
