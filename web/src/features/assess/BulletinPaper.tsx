import type { BulletinBlock } from '@/api/types'
import { t } from '@/i18n'
import './views.css'

/** A bulletin as it is read. */
export function Paper({ blocks }: { blocks: BulletinBlock[] }) {
  return <article className="paper-page" aria-label={t('gazette.preview')}>{blocks.map((b, i) => <Block key={`${i} ${b.kind}`} block={b} />)}</article>
}

function Block({ block: b }: { block: BulletinBlock }) {
  switch (b.kind) {
    case 'title': return <h2>{b.text}</h2>
    case 'subtitle': return <p className="subtitle">{b.text}</p>
    case 'heading': return <h3>{b.text}</h3>
    case 'right': return <p className="right">{b.text}</p>
    case 'table': return (
      <table>
        <thead><tr>{b.head?.map((h) => <th key={h} scope="col">{h}</th>)}</tr></thead>
        <tbody>{b.rows?.map((r) => <tr key={r.join(' ')}>{r.map((c, i) => <td key={`${i} ${c}`}>{c}</td>)}</tr>)}</tbody>
      </table>
    )
    default: return <p>{b.text}</p>
  }
}
