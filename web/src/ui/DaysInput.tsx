// From one day to another, in forms and filters; see DayInput for what is typed.
import { DatePicker } from 'antd'
import dayjs, { type Dayjs } from 'dayjs'
import { type ComponentProps, type FocusEvent, useState } from 'react'
import { written } from './day'
import { bounds, DAY, isLeft, isTyped, MOMENT, type Writing } from './DayInput'

export interface Days { from?: string | undefined; to?: string | undefined }
/** Both ends of a period that has to have both. */
export interface Period { from: string; to: string }

type Given = ComponentProps<typeof DatePicker.RangePicker>
interface Props<D> extends Pick<Given, 'id' | 'className' | 'style' | 'allowClear' | 'presets' | 'placeholder' | 'aria-label'> {
  value?: D
  onChange?: (days: D | undefined) => void
}

const NONE: Days = {}
const lacks = (d: Days, open: readonly [boolean, boolean]) => (!d.from && !open[0]) || (!d.to && !open[1])
const turned = (d: Days) => Boolean(d.from && d.to && d.from > d.to)

/** A period of days; undefined until both ends are given. */
export function PeriodInput(p: Props<Period>) {
  return <Span {...p as Props<Days>} as={DAY} open={[false, false]} />
}

/** Days to look between; either end may be left open. */
export function DaysInput(p: Props<Days>) {
  return <Span {...p} as={DAY} open={[true, true]} />
}

/** Until a time, and perhaps from one; undefined until the end is given. */
export function UntilInput(p: Props<Days>) {
  return <Span {...p} as={MOMENT} open={[true, false]} />
}

function Span({ as, open, value, onChange, style = { width: '100%' }, ...p }: Props<Days> & { as: Writing; open: [boolean, boolean] }) {
  // What stands in the field while it cannot be handed on as it is: one end of two, or the later day first.
  const [held, hold] = useState<Days>()
  const [round, begin] = useState(0) // begun anew, the fields show the days they have
  const shown = held ?? value ?? NONE
  const put = (d: Days) => {
    const none = !d.from && !d.to
    hold(!none && (lacks(d, open) || turned(d)) ? d : undefined)
    const next = none || lacks(d, open) ? undefined : turned(d) ? { from: d.to, to: d.from } : d
    if (next ?? value) onChange?.(next) // while the other end is to come, nothing is missing yet
  }
  const take = (d: readonly (Dayjs | null | undefined)[] | null) => {
    const end = (x: Dayjs | null | undefined) => (x ? as.hand(x) : undefined)
    put({ from: end(d?.[0]), to: end(d?.[1]) })
  }
  const typed = (d: readonly (Dayjs | null | undefined)[] | null) => { if (d?.some(Boolean)) take(d) }
  const settle = (e: FocusEvent<HTMLElement>, info: { range?: 'start' | 'end' }) => {
    if (!isTyped(e.target)) return
    const [end, i] = info.range === 'end' ? ['to', 1] as const : ['from', 0] as const
    const was = shown[end]
    const text = e.target.value.trim()
    const d = written(text)
    let now = shown
    if (d && (!was || d.format(as.shown) !== dayjs(was).format(as.shown))) now = { ...shown, [end]: as.hand(d) }
    else if (!text && was && open[i]) now = { ...shown, [end]: undefined }
    if (now !== shown) put(now)
    if (!isLeft(e) || !(turned(now) || (text && !d))) return
    if (turned(now)) hold(undefined)
    begin(round + 1)
  }
  const day = (text: string | undefined) => (text ? dayjs(text) : null)
  return (
    <DatePicker.RangePicker key={round} {...p} {...bounds(as)} style={style} allowEmpty={open} value={[day(shown.from), day(shown.to)]} onChange={take} onCalendarChange={typed} onBlur={settle} />
  )
}
