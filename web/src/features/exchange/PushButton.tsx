import { ShareAltOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { useBelow } from './Below'

const PushDialog = lazy(() => import('./PushDialog'))

/** Offers to give a published item to the units below, if there are any. */
export default function PushButton({ item }: { item: Item }) {
  const [open, setOpen] = useState(false)
  const below = useBelow()
  if (!below.data?.items.length) return null
  return (
    <>
      <Button icon={<ShareAltOutlined />} onClick={() => { setOpen(true) }}>{t('push.push')}</Button>
      {open && <Suspense><PushDialog item={item} close={() => { setOpen(false) }} /></Suspense>}
    </>
  )
}
