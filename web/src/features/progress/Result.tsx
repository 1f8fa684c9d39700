import { DownloadOutlined } from '@ant-design/icons'
import type { Work } from '@/api/types'
import { t } from '@/i18n'
import { bytes } from '@/ui/format'
import { HrefLink } from '@/ui/HrefLink'

/** The way to what a work brought: its file, or the page that shows it. */
export function Result({ work, onOpen }: { work: Work; onOpen?: () => void }) {
  if (work.state !== 'done') return null
  if (work.file) {
    return (
      <a className="told" href={`/api/progress/works/${work.id}/content`} download onClick={onOpen}>
        <DownloadOutlined /> {t('work.download', { size: bytes(work.file.size) })}
      </a>
    )
  }
  return work.href ? <HrefLink className="told" href={work.href} onOpen={onOpen}>{t('work.open')}</HrefLink> : null
}
