import { Skeleton } from 'antd'
import type { EChartsCoreOption } from 'echarts/core'
import { useEffect, useRef, useState } from 'react'
import type { draw } from './echarts'

interface Props {
  /** What the chart shows, for who cannot see it; the table behind it has the figures. */
  label: string
  option: EChartsCoreOption
  height: number
  /** Opens what is behind a point: its place on the axis, and the series it is of. */
  onPick?: (index: number, series: number) => void
}

type Drawn = ReturnType<typeof draw>

/** A chart, loaded when first shown. */
export function Chart({ label, option, height, onPick }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const pick = useRef(onPick)
  const [chart, setChart] = useState<Drawn>()
  useEffect(() => { pick.current = onPick }, [onPick])
  useEffect(() => {
    let made: Drawn | undefined
    let gone = false
    void import('./echarts').then((charts) => {
      if (gone || !box.current) return
      made = charts.draw(box.current, (i, series) => pick.current?.(i, series))
      setChart(made)
    })
    return () => {
      gone = true
      made?.dispose()
      setChart(undefined)
    }
  }, [])
  useEffect(() => { chart?.show(option) }, [chart, option])
  return (
    <div role="img" aria-label={label} style={{ position: 'relative', height }}>
      {!chart && <Skeleton.Node active style={{ width: '100%', height }} />}
      <div ref={box} style={{ position: 'absolute', inset: 0 }} />
    </div>
  )
}
