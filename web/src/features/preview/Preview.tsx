import { DownloadOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Drawer } from 'antd'
import { lazy, Suspense } from 'react'
import type { PreviewView } from '@/api/types'
import { t } from '@/i18n'
import { bytes } from '@/ui/format'
import { Loaded } from '@/ui/Loaded'
import { HelpButton } from '@/ui/HelpLink'
import { Blocks, Pictures } from './Blocks'
import { Parts } from './Parts'
import { Picture } from './Picture'
import { contentHref, type Owner, preview, type Shown } from './source'
import './preview.css'

const PdfView = lazy(() => import('./PdfView'))

/** What stands in an attached file, beside the page. Nothing in a file can run: it is data, a picture, or drawn by pdf.js. */
export default function Preview({ of, file, close }: { of: Owner; file: Shown; close: () => void }) {
  const query = useQuery({ queryKey: ['preview', of.kind, of.id, file.id], staleTime: Infinity, gcTime: 0, retry: false, queryFn: ({ signal }) => preview(of, file.id, signal) })
  const href = contentHref(of, file.id)
  return (
    <Drawer open onClose={close} size="min(1080px, 100vw)" classNames={{ body: 'preview' }}
      title={<span className="preview-title"><span className="clip">{file.name}</span> <small className="quiet">{bytes(file.size)}</small></span>}
      extra={<span className="row"><HelpButton to="reading#files" label={t('help.about', { about: t('preview.open') })} /><Button icon={<DownloadOutlined />} href={href} download={file.file_name}>{t('preview.download')}</Button></span>}>
      <Loaded query={query}>{(v) => <Pictures value={v.pictures ?? []}><Content view={v} href={href} name={file.name} /></Pictures>}</Loaded>
    </Drawer>
  )
}

function Content({ view: v, href, name }: { view: PreviewView; href: string; name: string }) {
  switch (v.kind) {
    case 'image': return <Picture href={href} name={name} width={v.width ?? 0} height={v.height ?? 0} />
    case 'pdf': return <Suspense fallback={<p role="status" className="quiet">{t('preview.drawing')}</p>}><PdfView href={href} name={name} /></Suspense>
    case 'text': return <><Simplified cut={v.cut} /><pre className="preview-text" tabIndex={0} aria-label={name}>{v.text}</pre></>
    case 'document': return <><Simplified office cut={v.cut} /><div className="preview-page">{v.parts.map((p, i) => <Blocks key={i} blocks={p.blocks} />)}</div></>
    case 'sheets':
    case 'slides': return <><Simplified office cut={v.cut} /><Parts parts={v.parts} kind={v.kind} /></>
    case 'none': return <Alert type="info" showIcon title={t(`preview.none.${v.why ?? 'type'}`)} description={t('preview.none_next')} />
  }
}

function Simplified({ office, cut }: { office?: boolean; cut: boolean }) {
  if (!office && !cut) return null
  return <Alert className="gap-below" type="info" showIcon title={office ? t('preview.simplified') : t('preview.cut')} description={office && cut ? t('preview.cut') : undefined} />
}
