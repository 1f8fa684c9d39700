import {
  ApartmentOutlined, AuditOutlined, BarChartOutlined, CalendarOutlined, FileTextOutlined, FormOutlined, HomeOutlined, InboxOutlined,
  ProfileOutlined, ReadOutlined, SafetyOutlined, SendOutlined, SnippetsOutlined, SolutionOutlined, TeamOutlined,
} from '@ant-design/icons'
import { t } from '@/i18n'
import { useCan, useMe } from '../session'
import { useCounts, waitingIn } from './counts'
import { Frame, type Place, type PlaceGroup } from './Frame'
import { Gate } from './Gate'
import { Head } from './Head'
import { PlanBanner, usePlan } from './plan'
import { Watch } from './Watch'

/** The workplace door `/`. */
export function Workplace() {
  return <Gate><Inside /></Gate>
}

function Inside() {
  const groups = useGroups()
  return (
    <Frame brand={t('app.name')} home="/" groups={groups} head={<Head />} banner={<PlanBanner />}>
      <Watch />
    </Frame>
  )
}

// What one may open, and nothing else.
function useGroups(): PlaceGroup[] {
  const can = useCan()
  const counts = useCounts()
  const above = useMe().tenant.path.length > 1 // somebody stands above this unit
  const led = useMe().departments.some((d) => d.head)
  const off = usePlan()?.off ?? []
  const has = (module: string) => !off.includes(module)
  return [
    { label: t('nav.work'), places: [
      { to: '/', label: t('nav.desktop'), icon: <HomeOutlined /> },
      { to: '/approval', label: t('nav.approval'), icon: <AuditOutlined />, count: counts.boxes?.todo },
      { to: '/org/book', label: t('nav.book'), icon: <TeamOutlined /> },
    ] },
    { label: t('nav.publish'), places: has('publish') ? [
      { to: '/publish/reading', label: t('nav.reading'), icon: <ReadOutlined />, count: counts.boxes?.to_read },
      ...when(can('publish.draft'), { to: '/publish/mine', label: t('nav.mine'), icon: <FileTextOutlined /> }),
      ...when(can('publish.publish'), { to: '/publish/to-publish', label: t('nav.to_publish'), icon: <SnippetsOutlined /> }),
      ...when(can('publish.inspect'), { to: '/publish/all', label: t('nav.all_items'), icon: <ProfileOutlined /> }),
      ...when(led || can('publish.readers', 'publish.inspect'), { to: '/publish/department-reading', label: t('nav.department_reading'), icon: <TeamOutlined /> }),
      ...when(can('publish.takedown', 'publish.inspect'), { to: '/publish/takedowns', label: t('nav.takedowns'), icon: <SafetyOutlined /> }),
      { to: '/publish/columns', label: t('nav.columns'), icon: <ApartmentOutlined /> },
      ...when(can('publish.inspect', 'publish.manage', 'publish.draft', 'publish.review', 'publish.publish'),
        { to: '/publish/offline', label: t('nav.offline'), icon: <SafetyOutlined /> },
        { to: '/publish/health', label: t('nav.health'), icon: <BarChartOutlined /> },
        { to: '/publish/inspections', label: t('nav.inspections'), icon: <ProfileOutlined /> }),
    ] : [] },
    { label: t('nav.exchange'), places: has('exchange') ? [
      ...when(above, { to: '/exchange/pushed', label: t('nav.pushed'), icon: <FormOutlined /> }),
      ...when(above && can('exchange.report'), { to: '/exchange/asked', label: t('nav.asked'), icon: <FormOutlined /> }),
      ...when(can('exchange.report'), { to: '/exchange/outbox', label: t('nav.outbox'), icon: <SendOutlined /> }),
      ...when(can('exchange.receive'), { to: '/exchange/inbox', label: t('nav.inbox'), icon: <InboxOutlined /> }),
      ...when(can('exchange.solicit'), { to: '/exchange/solicitations', label: t('nav.solicitations'), icon: <FormOutlined /> }),
      ...when(can('exchange.push'), { to: '/exchange/pushes', label: t('nav.pushes'), icon: <SendOutlined /> }),
      { to: '/exchange/bulletins', label: t('nav.bulletins'), icon: <BarChartOutlined /> },
      ...when(can('exchange.manage', 'exchange.receive'), { to: '/exchange/journals', label: t('nav.journals'), icon: <SolutionOutlined /> }),
    ] : [] },
    { label: t('nav.assess'), places: has('assess') ? [
      ...when(can('assess.manage', 'assess.view', 'assess.own'), { to: '/assess', label: t('nav.assess_door'), icon: <BarChartOutlined />, count: waitingIn(counts.boxes, 'assess.', 'review.', 'verdict.') }),
      { to: '/assess/targets/mine', label: t('nav.targets_mine'), icon: <SolutionOutlined />, count: waitingIn(counts.boxes, 'target.') },
    ] : [] },
    { label: t('nav.support'), places: [
      { to: '/trial/feedback', label: t('nav.feedback'), icon: <FormOutlined />, count: waitingIn(counts.boxes, 'trial.answer', 'trial.settle') },
      { to: '/trial/trainings', label: t('nav.trainings'), icon: <TeamOutlined /> },
      { to: '/trial', label: t('nav.trial'), icon: <BarChartOutlined />, count: waitingIn(counts.boxes, 'trial.decide', 'trial.improve', 'trial.backup') },
      { to: '/trial/help', label: t('nav.trial_help'), icon: <SolutionOutlined /> },
      { to: '/trial/vulnerabilities', label: t('nav.vulnerabilities'), icon: <SafetyOutlined /> },
    ] },
    { label: t('nav.manage'), places: useManaging() },
  ]
}

// The places of whoever looks after people, rights and the unit itself.
function useManaging(): Place[] {
  const can = useCan()
  const counts = useCounts()
  const off = usePlan()?.off ?? []
  return [
    ...when(can('org.manage'),
      { to: '/org/departments', label: t('nav.departments'), icon: <ApartmentOutlined /> },
      { to: '/org/members', label: t('nav.members'), icon: <TeamOutlined /> }),
    ...when(can('staff.request'), { to: '/org/requests', label: t('nav.requests'), icon: <SolutionOutlined /> }),
    ...when(can('staff.manage'), { to: '/org/offices', label: t('nav.offices'), icon: <SolutionOutlined /> }),
    ...when(can('org.grant'), { to: '/org/roles', label: t('nav.roles'), icon: <SafetyOutlined /> }),
    ...when(can('factor.help', 'token.manage'), { to: '/org/second-factors', label: t('nav.second'), icon: <SafetyOutlined /> }),
    ...when(can('identity.manage'), { to: '/settings/identity', label: t('nav.identity'), icon: <SafetyOutlined /> }),
    ...when(can('access.view'), { to: '/access/manage', label: t('nav.access_manage'), icon: <SafetyOutlined /> }),
    ...when(!off.includes('wordcheck') && can('wordcheck.manage'), { to: '/wordcheck', label: t('nav.wordcheck'), icon: <ProfileOutlined /> }),
    ...when(can('calendar.manage'), { to: '/settings/calendar', label: t('nav.calendar'), icon: <CalendarOutlined /> }),
    ...when(can('outward.manage'), { to: '/settings/outward', label: t('nav.outward'), icon: <SendOutlined /> }),
    ...when(can('plan.view'), { to: '/settings/plan', label: t('nav.plan'), icon: <ProfileOutlined /> }),
    ...when(can('template.view'), { to: '/settings/templates', label: t('nav.unit_templates'), icon: <SnippetsOutlined /> }),
    ...when(can('onboard.file', 'onboard.own'), { to: '/onboard', label: t('nav.onboard'), icon: <ApartmentOutlined /> }),
    ...when(can('glass.consent'), { to: '/settings/support', label: t('nav.glass'), icon: <SafetyOutlined />, count: waitingIn(counts.boxes, 'glass.') }),
    ...when(can('audit.read'), { to: '/audit', label: t('nav.audit'), icon: <ProfileOutlined /> }),
  ]
}

const when = (may: boolean, ...places: Place[]) => (may ? places : [])
