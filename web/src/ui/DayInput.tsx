// Days and times in forms and filters. What is typed counts as soon as it is a day, and however it was written once one
// goes on: the library would drop it if the next thing pressed were the button that saves.
import { DatePicker, type DatePickerProps } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { type FocusEvent, type KeyboardEvent, useState } from 'react'
import { written } from './day'

interface Props extends Pick<DatePickerProps, 'id' | 'className' | 'style' | 'disabled' | 'allowClear' | 'aria-label'> {
  value?: string | null
  onChange?: (time: string | undefined) => void
  placeholder?: string
  /** The days one may choose from and until: 2026-11-22. What is typed beside them is kept, and marked. */
  first?: string | undefined
  last?: string | undefined
}

/** How a field shows a time, and how it hands it on. */
export interface Writing { shown: string; hand: (d: Dayjs) => string }

export const DAY: Writing = { shown: 'YYYY-MM-DD', hand: (d) => d.format('YYYY-MM-DD') }
export const MOMENT: Writing = { shown: 'YYYY-MM-DD HH:mm', hand: (d) => d.second(0).millisecond(0).toISOString() }

/** Whether what stands in a field was typed there or chosen; a day shown because the pointer rests on it was not. */
export const isTyped = (field: EventTarget): field is HTMLInputElement => field instanceof HTMLInputElement && !field.closest('.ant-picker-input-placeholder')

/** Whether the focus goes out of a picker, and not to its panel or its other field. */
export const isLeft = ({ target, relatedTarget: next }: FocusEvent<HTMLElement>) =>
  !next || (!next.closest('.ant-picker-dropdown') && !target.closest('.ant-picker')?.contains(next))

/** The bounds and the format that a picker of the library takes. */
export const bounds = ({ shown }: Writing, first?: string, last?: string) => ({
  format: shown, ...(shown === MOMENT.shown ? { showTime: { format: 'HH:mm' } } : {}),
  ...(first ? { minDate: dayjs(first) } : {}), ...(last ? { maxDate: dayjs(last) } : {}),
})

/** A day, as the server writes it: 2026-11-22; undefined for none. */
export function DayInput(p: Props) {
  return <Single {...p} as={DAY} />
}

/** A day and a time to the minute, as the server writes it: 2026-11-22T01:30:00.000Z; undefined for none. */
export function MomentInput(p: Props) {
  return <Single {...p} as={MOMENT} />
}

function Single({ as, value, onChange, first, last, style = { width: '100%' }, ...p }: Props & { as: Writing }) {
  const [round, begin] = useState(0) // begun anew, the field shows the day it has
  const put = (d: Dayjs | null) => onChange?.(d ? as.hand(d) : undefined)
  const take = (d: Dayjs | Dayjs[] | null) => { if (!Array.isArray(d)) put(d) }
  const typed = (d: Dayjs | Dayjs[] | null) => { if (d) take(d) } // none only says that the library begins anew
  // Takes what stands there; true if it is no day.
  const settle = ({ target }: FocusEvent<HTMLElement> | KeyboardEvent<HTMLElement>) => {
    if (!isTyped(target)) return false
    const text = target.value.trim()
    const d = written(text)
    if (d && (!value || d.format(as.shown) !== dayjs(value).format(as.shown))) put(d)
    if (!text && value && p.allowClear !== false) put(null)
    return Boolean(text) && !d
  }
  return (
    <DatePicker key={round} {...p} {...bounds(as, first, last)} style={style} value={value ? dayjs(value) : null} onChange={take} onCalendarChange={typed}
      onBlur={(e) => { if (settle(e) && isLeft(e)) begin(round + 1) }} onKeyDown={(e) => { if (e.key === 'Enter') settle(e) }} />
  )
}
