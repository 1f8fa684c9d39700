import { FilePdfOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { t } from '@/i18n'

/** A round as documents to print: the league table for a wall, a sheet of A4 for every unit; or one unit's sheet. */
export function PaperButton({ round, unit }: { round: string; unit?: string }) {
  const href = (of: string) => `/api/assess/rounds/${round}/paper?of=${of}`
  if (unit) return <Button icon={<FilePdfOutlined />} href={`${href('sheets')}&unit=${unit}`} download>{t('paper.sheet')}</Button>
  return (
    <Dropdown trigger={['click']} menu={{ items: (['league', 'sheets'] as const).map((of) => ({ key: of, label: <a href={href(of)} download>{t(`paper.${of}`)}</a> })) }}>
      <Button icon={<FilePdfOutlined />}>{t('paper.print')}</Button>
    </Dropdown>
  )
}
