import { ExportOutlined } from '@ant-design/icons'
import { useRouter } from '@tanstack/react-router'
import { Button, Drawer, Skeleton } from 'antd'
import { Suspense, useState } from 'react'
import { t } from '@/i18n'
import Guide from './Guide'
import { type HelpRef, helpRoot, parts } from './pages'

/** A guide beside what one is doing; the page stays as it is. */
export default function HelpDrawer({ start, close }: { start: HelpRef; close: () => void }) {
  const router = useRouter()
  const [ref, setRef] = useState(start)
  const path = router.state.location.pathname
  const root = helpRoot(path)
  const { page, at } = parts(ref)
  const inside = !/^\/(console\/)?(sign-in|activate)$/.test(path)
  const whole = () => {
    close()
    router.history.push(`${root}/${page}${at ? `#${at}` : ''}`)
  }
  return (
    <Drawer open placement="right" size={Math.min(480, window.innerWidth)} title={t('help.title')} onClose={close} zIndex={1100}
      extra={inside && <Button type="text" icon={<ExportOutlined />} onClick={whole}>{t('help.whole')}</Button>}>
      <Suspense fallback={<Skeleton active paragraph={{ rows: 10 }} />}>
        <Guide key={ref} page={page} at={at} root={root} open={setRef} />
      </Suspense>
    </Drawer>
  )
}
