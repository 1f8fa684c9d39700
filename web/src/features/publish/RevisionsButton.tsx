import { HistoryOutlined } from '@ant-design/icons'
import { Button, ConfigProvider } from 'antd'
import { useState } from 'react'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { RevisionsDrawer } from './RevisionsDrawer'

interface Props {
  item: Item
  /** Another window has the item: one may look, and bring nothing back. */
  off?: boolean
  /** The version that a restoration builds on, once everything typed is saved. */
  version?: () => Promise<number>
  /** Called when an older revision has been brought back. */
  restored?: (item: Item) => void
}

/** Opens what an item has been (R156). */
export default function RevisionsButton({ item, off, version = () => Promise.resolve(item.version), restored }: Props) {
  const [open, setOpen] = useState<Item>()
  const show = async () => {
    const now = await version().catch(() => item.version)
    setOpen({ ...item, version: now })
  }
  return (
    <>
      <Button icon={<HistoryOutlined />} disabled={false} onClick={() => void show()}>{t('revision.open')}</Button>
      {open && <ConfigProvider componentDisabled={false}><RevisionsDrawer item={open} look={off} close={() => { setOpen(undefined) }} restored={restored} /></ConfigProvider>}
    </>
  )
}
