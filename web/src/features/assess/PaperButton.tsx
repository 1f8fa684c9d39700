import { FilePdfOutlined } from '@ant-design/icons'
import { Button, Dropdown } from 'antd'
import { client, ok } from '@/api/client'
import { follow } from '@/features/progress/follow'
import { t } from '@/i18n'
import { useAction } from '@/ui/useAction'

/** A round as documents to print: the league table for a wall, a sheet of A4 for every unit; or one unit's sheet. */
export function PaperButton({ round, unit }: { round: string; unit?: string }) {
  const href = (of: string) => `/api/assess/rounds/${round}/paper?of=${of}`
  if (unit) return <Button icon={<FilePdfOutlined />} href={`${href('sheets')}&unit=${unit}`} download>{t('paper.sheet')}</Button>
  return <Papers round={round} league={href('league')} />
}

function Papers({ round, league }: { round: string; league: string }) {
  const sheets = useAction({
    run: (_: null, act) => ok(client.POST('/assess/rounds/{id}/sheets', { ...act(), params: { path: { id: round } } })),
    after: (r) => { follow(r.work_id) },
  })
  return (
    <Dropdown trigger={['click']} menu={{ items: [
      { key: 'league', label: <a href={league} download>{t('paper.league')}</a> },
      { key: 'sheets', label: t('paper.sheets'), onClick: () => { sheets.go(null) } },
    ] }}>
      <Button icon={<FilePdfOutlined />} loading={sheets.busy}>{t('paper.print')}</Button>
    </Dropdown>
  )
}
