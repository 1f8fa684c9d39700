import { createContext, createElement, Fragment, useContext } from 'react'
import type { PreviewBlock, PreviewCell, PreviewDrawing, PreviewPicture, PreviewRun } from '@/api/types'
import { t } from '@/i18n'

/** The pictures of the file that is shown, for the blocks in which they stand. */
export const Pictures = createContext<PreviewPicture[]>([])

/** Paragraphs and tables of a file. Its text is text here, whatever it looks like. */
export function Blocks({ blocks }: { blocks: PreviewBlock[] }) {
  if (blocks.length === 0) return <p className="quiet">{t('preview.empty')}</p>
  return <>{blocks.map((b, i) => <Block key={i} block={b} />)}</>
}

function Block({ block: b }: { block: PreviewBlock }) {
  const style = { textAlign: b.align, paddingInlineStart: b.kind === 'item' ? `${String((b.level ?? 0) * 1.5)}em` : undefined } as const
  const text = <>{b.label && <span className="preview-label">{b.label}</span>}<Runs runs={b.runs} /></>
  switch (b.kind) {
    case 'heading': return createElement(`h${String(Math.min((b.level ?? 1) + 2, 6))}`, { style, className: `preview-h${String(b.level ?? 1)}` }, text)
    case 'table': return (
      <div className="table-scroll" tabIndex={0} role="region" aria-label={t('preview.table')}>
        <table><tbody>{b.rows?.map((r, i) => <tr key={i}>{r.cells.map((c, j) => <Cell key={j} cell={c} />)}</tr>)}</tbody></table>
      </div>
    )
    case 'picture': return <p className="preview-drawing" style={style}><Drawing drawing={b.drawing} /></p>
    default: return <p style={style}>{text}</p>
  }
}

function Cell({ cell: c }: { cell: PreviewCell }) {
  return (
    <td colSpan={c.across ?? 1} rowSpan={c.down ?? 1}>
      <Runs runs={c.runs} />
      {c.drawings?.map((d, i) => <div key={i} className="preview-drawing"><Drawing drawing={{ ...d, width: undefined }} /></div>)}
    </td>
  )
}

/** A picture, drawn by the browser from bytes the server has looked at; or why there is none. */
function Drawing({ drawing: d }: { drawing?: PreviewDrawing }) {
  const p = useContext(Pictures)[(d?.picture ?? 0) - 1]
  if (!p?.type || !p.data) return <span className="preview-picture">{t(p?.why === 'large' ? 'preview.picture_large' : 'preview.picture')}{d?.alt && <small> {d.alt}</small>}</span>
  return <img src={`data:${p.type};base64,${p.data}`} alt={d?.alt ?? t('preview.picture_in')} style={d?.width ? { width: `${String(d.width)}%` } : undefined} />
}

function Runs({ runs }: { runs?: PreviewRun[] }) {
  return <>{runs?.map((r, i) => {
    let text = <Fragment key={i}>{r.text}</Fragment>
    if (r.underline) text = <u key={i}>{text}</u>
    if (r.italic) text = <em key={i}>{text}</em>
    if (r.bold) text = <strong key={i}>{text}</strong>
    return text
  })}</>
}
