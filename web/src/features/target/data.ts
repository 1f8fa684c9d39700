import { useQuery } from '@tanstack/react-query'
import { client, ok } from '@/api/client'
import type { YearTarget as Target } from '@/api/types'
import { t } from '@/i18n'
import { thisYear } from '@/ui/day'
import { day } from '@/ui/format'

export function useBoard(year: number) {
  return useQuery({ queryKey: ['target-board', year], queryFn: ({ signal }) => ok(client.GET('/target/board', { signal, params: { query: { year } } })) })
}

export function useTargetUnits(enabled = true) {
  return useQuery({ queryKey: ['target-units'], enabled, queryFn: ({ signal }) => ok(client.GET('/target/units', { signal })) })
}

export function useSheet(unit: string, year: number) {
  return useQuery({
    queryKey: ['target-sheet', unit, year],
    queryFn: ({ signal }) => ok(client.GET('/target/units/{unit}', { signal, params: { path: { unit }, query: { year } } })),
  })
}

export function useTarget(id: string) {
  return useQuery({ queryKey: ['target', id], queryFn: ({ signal }) => ok(client.GET('/target/targets/{id}', { signal, params: { path: { id } } })) })
}

/** The year of the address, this year if it says none. */
export function yearOf(search: { year?: string | undefined }): number {
  return Number(search.year) || thisYear()
}

/** 12.50 as 12.5: a quantity as people write it. */
export function plain(n: string | null | undefined): string {
  if (!n) return ''
  return n.includes('.') ? n.replace(/0+$/, '').replace(/\.$/, '') : n
}

/** What is to be achieved: 120 公里, or milestones. */
export function goalOf(x: Target): string {
  return x.spec.measure === 'quantity' && x.spec.quantity
    ? t('target.amount', { n: plain(x.spec.quantity), of: x.spec.unit_of_measure ?? '' })
    : t('target.measure.milestone')
}

/** How much of it has been done, in percent; undefined for what is not counted. */
export function shareOf(x: Target): number | undefined {
  const goal = Number(x.spec.quantity)
  if (x.spec.measure !== 'quantity' || !goal || x.value === null) return undefined
  return Math.min(100, Math.floor((Number(x.value) / goal) * 100))
}

/** 2026-03 as 2026年3月, 2026-Q1 as 2026年第1季度. */
export function periodName(period: string): string {
  const [year = '', part = ''] = period.split('-')
  return part.startsWith('Q') ? t('target.quarter_of', { year, n: part.slice(1) }) : t('target.month_of', { year, n: Number(part) })
}

/** Whether a number stands beside a quarter that says nothing: a milestone says what is to be reached. */
export function lacksText(q: { text?: string; value?: string } | undefined, counted: boolean): boolean {
  return counted && Boolean(q?.value?.trim()) && !q?.text?.trim()
}

/** A day the server wrote as YYYY-MM-DD, as it is. */
export function dayOf(d: string | null): string { return d ?? '' }

/** When something was done and by whom. */
export function when(at: string | null, who: string): string { return at ? t('target.when', { at: day(at), who }) : '' }
