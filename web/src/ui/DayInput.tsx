import { DatePicker } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'

/**
 * A day in a form, as the server writes it: 2026-11-22; undefined for none. What is typed counts as soon as it is a
 * day: the library would drop it if the next thing pressed were the button that saves.
 */
export function DayInput({ value, onChange, ...p }: { value?: string | null; onChange?: (day: string | undefined) => void; id?: string }) {
  const take = (d: Dayjs | Dayjs[] | null) => { if (!Array.isArray(d)) onChange?.(d ? d.format('YYYY-MM-DD') : undefined) }
  return <DatePicker {...p} style={{ width: '100%' }} value={value ? dayjs(value) : null} onChange={take} onCalendarChange={take} />
}
