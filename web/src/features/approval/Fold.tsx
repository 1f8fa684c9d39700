import { Collapse } from 'antd'
import type { ReactNode } from 'react'
import { useNarrow } from '@/ui/useNarrow'

/** A panel that shows itself where there is room (UI6) and waits to be opened on a phone (UI10). */
export function Fold({ title, open, children }: { title: string; open?: boolean; children: ReactNode }) {
  const narrow = useNarrow()
  if (!narrow) return <section className="panel"><h2>{title}</h2>{children}</section>
  return (
    <Collapse style={{ background: '#fff' }} defaultActiveKey={open ? ['it'] : []}
      items={[{ key: 'it', label: <h2 style={{ margin: 0, fontSize: 16 }}>{title}</h2>, children }]} />
  )
}
