import { ArrowLeftOutlined, BarChartOutlined, ProfileOutlined, TrophyOutlined } from '@ant-design/icons'
import { t } from '@/i18n'
import { useCan } from '../session'
import { Frame } from './Frame'
import { Gate } from './Gate'
import { Head } from './Head'
import { Watch } from './Watch'

/** The evaluation door `/assess`: the same sign-in as the workplace, another desk. */
export function AssessDoor() {
  return <Gate><Inside /></Gate>
}

function Inside() {
  const can = useCan()
  return (
    <Frame brand={t('assess.brand')} home="/assess" head={<Head />} groups={[
      { label: t('nav.assess'), places: [
        ...(can('assess.manage', 'assess.view') ? [{ to: '/assess', label: t('assess.year'), icon: <BarChartOutlined /> }] : []),
        ...(can('assess.own', 'assess.manage', 'assess.view') ? [{ to: '/assess/mine', label: t('assess.mine'), icon: <TrophyOutlined /> }] : []),
        ...(can('assess.manage') ? [{ to: '/assess/schemes', label: t('assess.schemes'), icon: <ProfileOutlined /> }] : []),
      ] },
      { label: t('nav.other_doors'), places: [{ to: '/', label: t('nav.to_workplace'), icon: <ArrowLeftOutlined /> }] },
    ]}>
      <Watch />
    </Frame>
  )
}
