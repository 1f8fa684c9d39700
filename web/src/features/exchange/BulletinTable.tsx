import type { BulletinLine } from '@/api/types'
import { t } from '@/i18n'
import './bulletin.css'

type Figure = 'sent' | 'received' | 'adopted' | 'own' | 'upper' | 'declined' | 'instructed' | 'asked' | 'on_time' | 'late' | 'owing'

/** The figures unit by unit, with their sum below. */
export function BulletinTable({ lines, total }: { lines: BulletinLine[]; total: BulletinLine }) {
  return (
    <div className="table-scroll" role="region" aria-label={t('bulletin.figures')} tabIndex={0}>
      <table className="bulletin-lines">
        <thead>
          <tr>
            <th rowSpan={2} scope="col">{t('app.unit')}</th>
            <th rowSpan={2} scope="col" className="num">{t('bulletin.sent')}</th>
            <th rowSpan={2} scope="col" className="num">{t('bulletin.received')}</th>
            <th colSpan={4} scope="colgroup">{t('bulletin.adopted_group')}</th>
            <th rowSpan={2} scope="col" className="num">{t('bulletin.declined')}</th>
            <th rowSpan={2} scope="col" className="num">{t('bulletin.instructed')}</th>
            <th colSpan={4} scope="colgroup">{t('bulletin.asked_group')}</th>
          </tr>
          <tr>
            {(['adopted', 'rate', 'own', 'upper', 'asked', 'on_time', 'late', 'owing'] as const).map((k) => <th key={k} scope="col" className="num">{t(`bulletin.${k}`)}</th>)}
          </tr>
        </thead>
        <tbody>
          {lines.map((l) => <Row key={l.unit.id} line={l} name={l.unit.name} />)}
          <Row line={total} name={t('bulletin.total')} sum />
        </tbody>
      </table>
    </div>
  )
}

function Row({ line: l, name, sum }: { line: BulletinLine; name: string; sum?: boolean }) {
  const cell = (k: Figure) => <td key={k} className="num">{l[k]}</td>
  return (
    <tr className={sum ? 'bulletin-total' : undefined}>
      <th scope="row">{name}{l.journals.length > 0 && <small className="bulletin-journals">{l.journals.map((j) => j.text).join('、')}</small>}</th>
      {cell('sent')}{cell('received')}{cell('adopted')}
      <td className="num">{l.rate ? t('bulletin.percent', { n: l.rate }) : '—'}</td>
      {cell('own')}{cell('upper')}{cell('declined')}{cell('instructed')}{cell('asked')}{cell('on_time')}{cell('late')}{cell('owing')}
    </tr>
  )
}
