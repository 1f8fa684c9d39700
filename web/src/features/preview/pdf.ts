// pdf.js, told to run nothing and to ask nobody else. Only the lazy PDF view imports this.
import assets from 'virtual:pdf-assets'
import * as pdfjs from 'pdfjs-dist/legacy/build/pdf.mjs'
import worker from 'pdfjs-dist/legacy/build/pdf.worker.min.mjs?url'
import { ApiError, problemOf } from '@/api/problem'

export type Document = pdfjs.PDFDocumentProxy
export type PageOf = pdfjs.PDFPageProxy
export { TextLayer } from 'pdfjs-dist/legacy/build/pdf.mjs'

/** The bytes of a file, as a download would have them. */
export async function bytesOf(href: string, signal: AbortSignal): Promise<Uint8Array> {
  const response = await fetch(href, { signal, credentials: 'same-origin' })
  if (!response.ok) throw new ApiError(problemOf(response.status, await response.json().catch(() => undefined)))
  return new Uint8Array(await response.arrayBuffer())
}

/** Opens a document. Its scripts, forms, links and attachments are left alone; fonts and code pages are the app's own. */
export function open(data: Uint8Array): pdfjs.PDFDocumentLoadingTask {
  pdfjs.GlobalWorkerOptions.workerSrc = worker
  const base = new URL(assets, location.href).href
  return pdfjs.getDocument({
    data, enableXfa: false, useWasm: false, useSystemFonts: true, maxImageSize: 64_000_000, verbosity: 0,
    cMapUrl: `${base}cmaps/`, cMapPacked: true, standardFontDataUrl: `${base}standard_fonts/`, wasmUrl: `${base}wasm/`,
  })
}

/** The pieces of a page's text, in order. */
export async function piecesOf(page: PageOf): Promise<string[]> {
  const text = await page.getTextContent()
  return text.items.flatMap((i) => ('str' in i ? [i.str] : []))
}
