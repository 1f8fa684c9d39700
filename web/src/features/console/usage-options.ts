// What ECharts is told to draw of the tenants' usage.
import type { EChartsCoreOption } from 'echarts/core'
import type { Measurement, Usage } from '@/api/types'
import { bytes } from '@/ui/format'

export const METRICS = ['bytes', 'items', 'files', 'members'] as const
export type Metric = (typeof METRICS)[number]

const RIVER = '#1f5f99'
const TEXT = { color: 'rgba(0,0,0,0.78)', fontSize: 12 }

/** A figure as people write it: sizes with their unit. */
export function said(n: number, metric: Metric): string { return metric === 'bytes' ? bytes(n) : n.toLocaleString('zh-CN') }

/** Horizontal bars, one for each tenant, the first of the list on top. */
export function usageOption(rows: Usage[], metric: Metric, narrow: boolean): EChartsCoreOption {
  const upward = [...rows].reverse()
  return {
    animationDuration: 300,
    grid: { left: 8, right: 72, top: 8, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, valueFormatter: (n: number) => said(n, metric) },
    xAxis: { type: 'value', axisLabel: { ...TEXT, hideOverlap: true, formatter: (n: number) => said(n, metric) }, splitNumber: narrow ? 2 : 5, minInterval: 1 },
    yAxis: { type: 'category', data: upward.map((r) => r.short_name), axisTick: { show: false }, axisLabel: { ...TEXT, width: narrow ? 96 : 200, overflow: 'truncate' } },
    series: [{
      type: 'bar', barMaxWidth: 18, cursor: 'pointer', itemStyle: { color: RIVER }, data: upward.map((r) => r[metric]),
      label: { show: true, position: 'right', ...TEXT, formatter: (p: { dataIndex: number }) => said(upward[p.dataIndex]?.[metric] ?? 0, metric) },
    }],
  }
}

/** One bar for each day that was counted. */
export function trendOption(days: Measurement[], metric: Metric): EChartsCoreOption {
  return {
    animationDuration: 300,
    grid: { left: 8, right: 8, top: 16, bottom: 8, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' }, confine: true, valueFormatter: (n: number) => said(n, metric) },
    xAxis: { type: 'category', data: days.map((d) => d.day), axisLabel: { ...TEXT, hideOverlap: true } },
    yAxis: { type: 'value', axisLabel: { ...TEXT, formatter: (n: number) => said(n, metric) }, minInterval: 1 },
    series: [{ type: 'bar', barMaxWidth: 18, itemStyle: { color: RIVER }, data: days.map((d) => d[metric]) }],
  }
}
