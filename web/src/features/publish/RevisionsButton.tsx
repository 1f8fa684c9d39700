import { HistoryOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { useState } from 'react'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { RevisionsDrawer } from './RevisionsDrawer'

interface Props {
  item: Item
  /** The version that a restoration builds on, once everything typed is saved. */
  version?: () => Promise<number>
  /** Called when an older revision has been brought back. */
  restored?: (item: Item) => void
}

/** Opens what an item has been (R156). */
export default function RevisionsButton({ item, version = () => Promise.resolve(item.version), restored }: Props) {
  const [open, setOpen] = useState<Item>()
  const show = async () => {
    const now = await version().catch(() => item.version)
    setOpen({ ...item, version: now })
  }
  return (
    <>
      <Button icon={<HistoryOutlined />} disabled={false} onClick={() => void show()}>{t('revision.open')}</Button>
      {open && <RevisionsDrawer item={open} close={() => { setOpen(undefined) }} restored={restored} />}
    </>
  )
}
