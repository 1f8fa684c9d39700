import { EyeOutlined, PaperClipOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { Attachment } from '@/api/types'
import { t, withTexts } from '@/i18n'
import { bytes } from '@/ui/format'
import { contentHref, type Owner } from './source'

const Preview = lazy(() => withTexts(import('./Preview')))

/** A file's name, size and summary, to download and to preview. */
export function FileName({ file, of }: { file: Attachment; of: Owner }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <div className="grow">
        {file.gone
          ? <><PaperClipOutlined /> {file.name} <small className="quiet">{t('attach.gone')}</small></>
          : <a href={contentHref(of, file.id)} download={file.file_name}><PaperClipOutlined /> {file.name}</a>} <small className="quiet">{bytes(file.size)}</small>
        {file.summary && <div className="quiet">{file.summary}</div>}
      </div>
      {!file.gone && <Button type="text" size="small" icon={<EyeOutlined />} aria-label={t('preview.open_named', { name: file.name })} onClick={() => { setOpen(true) }}>{t('preview.open')}</Button>}
      {open && <Suspense><Preview of={of} file={file} close={() => { setOpen(false) }} /></Suspense>}
    </>
  )
}
