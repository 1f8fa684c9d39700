import { LinkOutlined, PaperClipOutlined } from '@ant-design/icons'
import { t } from '@/i18n'
import { bytes, day } from '@/ui/format'
import type { Evidence } from './types'

/** What shows that something is so: files to open, and things the unit did. */
export function Files({ of, base }: { of: Evidence[]; base: string }) {
  if (of.length === 0) return <span className="quiet">{t('review.no_evidence')}</span>
  return (
    <ul className="review-files">
      {of.map((e) => (
        <li key={e.id}>
          {e.kind === 'file'
            ? <a href={`/api${base}/files/${e.id}`} download={e.name} title={e.sha256}><PaperClipOutlined /> {e.name} <small className="quiet">{bytes(e.size)}</small></a>
            : <span><LinkOutlined /> {e.name} <small className="quiet">{day(e.at)}</small></span>}
        </li>
      ))}
    </ul>
  )
}
