// The parts of ECharts that the evaluation draws with.
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { type EChartsCoreOption, init, use as install } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

install([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])

/** Begins a chart in box and keeps it the box's size. */
export function draw(box: HTMLElement, picked: (index: number, series: number) => void) {
  const chart = init(box, undefined, { renderer: 'svg' })
  chart.on('click', (e) => { picked(e.dataIndex, e.seriesIndex ?? 0) })
  const watch = new ResizeObserver(() => { chart.resize() })
  watch.observe(box)
  return {
    show: (option: EChartsCoreOption) => { chart.setOption(option, { notMerge: true }) },
    dispose: () => {
      watch.disconnect()
      chart.dispose()
    },
  }
}
