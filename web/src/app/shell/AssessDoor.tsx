import { ApartmentOutlined, ArrowLeftOutlined, AuditOutlined, BarChartOutlined, CarryOutOutlined, FileTextOutlined, FlagOutlined, FormOutlined, ProfileOutlined, ReadOutlined, ScheduleOutlined, SolutionOutlined, TrophyOutlined } from '@ant-design/icons'
import { t } from '@/i18n'
import { useCan, useMe } from '../session'
import { useCounts, waitingIn } from './counts'
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
  const { boxes } = useCounts()
  const led = useMe().departments.some((d) => d.head)
  return (
    <Frame brand={t('assess.brand')} home="/assess" head={<Head />} groups={[
      { label: t('nav.assess'), places: [
        ...(can('assess.manage', 'assess.view') ? [{ to: '/assess', label: t('assess.year'), icon: <BarChartOutlined />, count: waitingIn(boxes, 'assess.confirm') }] : []),
        ...(can('assess.own', 'assess.manage', 'assess.view') ? [{ to: '/assess/mine', label: t('assess.mine'), icon: <TrophyOutlined /> }] : []),
        ...(can('assess.manage', 'assess.view') ? [{ to: '/assess/bulletins', label: t('gazette.title'), icon: <FileTextOutlined /> }] : []),
        ...(can('assess.own') ? [{ to: '/assess/gazettes', label: t('gazettes.title'), icon: <ReadOutlined /> }] : []),
        ...(can('verdict.view') ? [{ to: '/assess/agenda', label: t('verdict.agenda'), icon: <ScheduleOutlined />, count: waitingIn(boxes, 'verdict.') }] : []),
        ...(can('verdict.own') ? [{ to: '/assess/notices', label: t('verdict.notices'), icon: <AuditOutlined /> }] : []),
        ...(can('assess.manage') ? [{ to: '/assess/schemes', label: t('assess.schemes'), icon: <ProfileOutlined /> }] : []),
      ] },
      { label: t('nav.targets'), places: [
        ...(can('target.view', 'target.manage') ? [{ to: '/assess/targets', label: t('nav.targets_board'), icon: <FlagOutlined /> }] : []),
        ...(can('target.view', 'target.manage', 'target.accept', 'assess.own') || led ? [{ to: '/assess/targets/own', label: t('nav.targets_own'), icon: <ApartmentOutlined /> }] : []),
        { to: '/assess/targets/mine', label: t('nav.targets_mine'), icon: <CarryOutOutlined />, count: waitingIn(boxes, 'target.') },
      ] },
      { label: t('review.title'), places: [
        { to: '/assess/tasks', label: t('review.tasks'), icon: <FormOutlined />, count: waitingIn(boxes, 'review.') },
        ...(can('review.manage') ? [{ to: '/assess/reviews', label: t('nav.reviews'), icon: <SolutionOutlined /> }] : []),
      ] },
      { label: t('nav.other_doors'), places: [{ to: '/', label: t('nav.to_workplace'), icon: <ArrowLeftOutlined /> }] },
    ]}>
      <Watch />
    </Frame>
  )
}
