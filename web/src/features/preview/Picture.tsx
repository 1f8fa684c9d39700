import { Alert, Segmented } from 'antd'
import { useState } from 'react'
import { t } from '@/i18n'

/** A picture, fitted to the drawer or point by point. */
export function Picture({ href, name, width, height }: { href: string; name: string; width: number; height: number }) {
  const [fit, setFit] = useState('fit')
  const [failed, setFailed] = useState(false)
  if (failed) return <Alert type="warning" showIcon title={t('preview.none.damaged')} description={t('preview.none_next')} />
  return (
    <>
      <div className="preview-bar">
        <Segmented value={fit} onChange={setFit} aria-label={t('preview.size')} options={[{ value: 'fit', label: t('preview.fit') }, { value: 'full', label: t('preview.full') }]} />
        <span className="quiet">{t('preview.points', { width, height })}</span>
      </div>
      <div className={`preview-image ${fit}`} tabIndex={0} role="region" aria-label={name}>
        <img src={href} alt={name} width={width} height={height} onError={() => { setFailed(true) }} />
      </div>
    </>
  )
}
