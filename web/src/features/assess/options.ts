// What ECharts is told to draw.
import type { EChartsCoreOption } from 'echarts/core'
import type { RankingRow, SideBySide, SpreadList, Trend } from '@/api/types'
import { t } from '@/i18n'
import { type Bar, stacked } from './waterfall'

// Distinct also for colour-blind eyes; red is kept for danger.
const PALETTE = ['#1f5f99', '#e0a030', '#4f9d8f', '#8a6bb1', '#7fa6c9', '#a3834d', '#5b6b78', '#b9c25a']
const TEXT = { color: 'rgba(0,0,0,0.78)', fontSize: 12 }

/** The rules that gave points to any of the units, in order of appearance. */
export function rulesOf(rows: RankingRow[]): string[] {
  return [...new Set(rows.flatMap((r) => r.parts.map((p) => p.rule)))]
}

/** Horizontal bars, best on top, a colour per rule. */
export function rankingOption(rows: RankingRow[], narrow: boolean): EChartsCoreOption {
  const upward = [...rows].reverse()
  const rules = rulesOf(rows)
  return {
    color: PALETTE, animationDuration: 300,
    grid: { left: 8, right: 48, top: rules.length > 1 ? 36 : 8, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: { type: narrow ? 'scroll' : 'plain', data: rules, top: 0, left: 0, show: rules.length > 1, textStyle: TEXT },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
    xAxis: { type: 'value', axisLabel: TEXT },
    yAxis: {
      type: 'category', data: upward.map((r) => `${r.rank} ${r.unit.name}`),
      axisLabel: { ...TEXT, width: narrow ? 110 : 200, overflow: 'truncate' }, axisTick: { show: false },
    },
    series: [...rules.map((rule) => ({
      name: rule, type: 'bar', stack: 'points', barMaxWidth: 20, cursor: 'pointer',
      data: upward.map((r) => Number(r.parts.find((p) => p.rule === rule)?.points ?? 0)),
    })), { // next to nothing: it carries the total, at the end of what adds
      name: t('assess.total'), type: 'bar', stack: 'points', silent: true, data: upward.map(() => 1e-9), tooltip: { show: false },
      label: { show: true, position: 'right', ...TEXT, fontWeight: 600, formatter: (p: { dataIndex: number }) => upward[p.dataIndex]?.total ?? '' },
    }],
  }
}

// Told apart by more than their colour.
const MARKS = ['circle', 'rect', 'triangle', 'diamond', 'emptyCircle', 'emptyRect', 'emptyTriangle', 'emptyDiamond']
const FIRST = 5

/** A line per unit through the months; the first few are shown, the legend brings the others. */
export function trendOption(trend: Trend, narrow: boolean): EChartsCoreOption {
  const names = trend.rows.map((r) => r.unit.name)
  return {
    color: PALETTE, animationDuration: 300,
    grid: { left: 8, right: 16, top: 44, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: { type: 'scroll', data: names, top: 0, left: 0, textStyle: TEXT, selected: Object.fromEntries(names.map((n, i) => [n, i < FIRST])) },
    tooltip: { trigger: 'axis', confine: true },
    xAxis: { type: 'category', data: trend.months, axisLabel: { ...TEXT, rotate: narrow ? 40 : 0 }, boundaryGap: false },
    yAxis: { type: 'value', axisLabel: TEXT },
    series: trend.rows.map((r, i) => ({
      name: r.unit.name, type: 'line', cursor: 'pointer', symbol: MARKS[i % MARKS.length], symbolSize: 9,
      lineStyle: { type: i % 16 < 8 ? 'solid' : 'dashed' }, data: r.points.map(Number),
    })),
  }
}

const BAR_COLORS: Record<Bar['kind'], string> = { plus: '#1f5f99', minus: '#c3352b', cap: '#8c959d', total: '#163f66' }

/** The waterfall: what each rule added or took, what a cap cut off, the total. */
export function waterfallOption(bars: Bar[], narrow: boolean): EChartsCoreOption {
  const name = (b: Bar) => (b.kind === 'total' ? t('assess.total') : b.kind === 'cap' ? t('assess.capped', { rule: b.rule }) : b.rule)
  const parts = bars.map((b) => stacked(b.from, b.to))
  const solid = (pick: (p: (typeof parts)[number]) => number) => ({
    type: 'bar', stack: 'way', barMaxWidth: 44, cursor: 'pointer',
    data: bars.map((b, i) => ({ value: pick(parts[i] ?? { base: 0, above: 0, below: 0 }), itemStyle: { color: BAR_COLORS[b.kind] } })),
  })
  return {
    animationDuration: 300,
    grid: { left: 8, right: 8, top: 28, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: { trigger: 'item', confine: true, formatter: (p: { dataIndex: number }) => { const b = bars[p.dataIndex]; return b ? t('assess.tip', { name: name(b), points: b.step }) : '' } },
    xAxis: { type: 'category', data: bars.map(name), axisLabel: { ...TEXT, interval: 0, rotate: narrow || bars.length > 8 ? 40 : 0, width: 110, overflow: 'truncate' }, axisTick: { show: false } },
    yAxis: { type: 'value', axisLabel: TEXT },
    series: [
      { type: 'bar', stack: 'way', silent: true, itemStyle: { color: 'transparent' }, data: parts.map((p) => p.base) },
      { ...solid((p) => p.above), label: { show: true, position: 'top', ...TEXT, formatter: (p: { dataIndex: number }) => bars[p.dataIndex]?.step ?? '' } },
      solid((p) => p.below),
    ],
  }
}

/** How many units have which totals. */
export function spreadOption(list: SpreadList): EChartsCoreOption {
  return {
    color: PALETTE, animationDuration: 300,
    grid: { left: 8, right: 16, top: 24, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
    xAxis: { type: 'category', data: list.bands.map((b) => t('spread.from_to', { from: b.from, to: b.to })), axisLabel: TEXT, axisTick: { show: false } },
    yAxis: { type: 'value', axisLabel: TEXT, minInterval: 1 },
    series: [{ name: t('spread.units'), type: 'bar', barMaxWidth: 64, data: list.bands.map((b) => b.n), label: { show: true, position: 'top', ...TEXT } }],
  }
}

/** A group of bars per rule, a bar per unit. */
export function compareOption(c: SideBySide, narrow: boolean): EChartsCoreOption {
  return {
    color: PALETTE, animationDuration: 300,
    grid: { left: 8, right: 16, top: 44, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    legend: { type: 'scroll', data: c.sides.map((s) => s.unit.name), top: 0, left: 0, textStyle: TEXT },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true },
    xAxis: { type: 'category', data: c.lines.map((l) => l.name), axisLabel: { ...TEXT, interval: 0, rotate: narrow || c.lines.length > 8 ? 40 : 0, width: 110, overflow: 'truncate' }, axisTick: { show: false } },
    yAxis: { type: 'value', axisLabel: TEXT },
    series: c.sides.map((s, i) => ({ name: s.unit.name, type: 'bar', barMaxWidth: 28, data: c.lines.map((l) => Number(l.cells[i]?.points ?? 0)) })),
  }
}
