import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Outlet } from '@tanstack/react-router'
import { withTexts } from '@/i18n'
import { parseSearch, type Search, stringifySearch } from '@/ui/useAddress'
import { Crash, Lost, NotFound, Waiting } from './Fallback'

const root = createRootRoute({
  component: Outlet,
  validateSearch: (s: Record<string, unknown>): Search => s as Search,
})

type Load = Parameters<typeof lazyRouteComponent>[0]
type AnyParent = typeof root | typeof work | typeof assess | typeof console_
// The desktop's texts are there from the start; every other page waits for the rest of them.
const early = <P extends AnyParent, T extends string>(parent: P, path: T, load: Load, name: string) =>
  createRoute({ getParentRoute: () => parent, path, component: lazyRouteComponent(load, name) })
const page = <P extends AnyParent, T extends string>(parent: P, path: T, load: Load, name: string) => early(parent, path, () => withTexts(load()), name)

// The three doors. Each has its own frame, which asks for its own sign-in.
const work = createRoute({
  getParentRoute: () => root, id: 'work',
  component: lazyRouteComponent(() => import('./shell/Workplace'), 'Workplace'),
})
const assess = createRoute({
  getParentRoute: () => root, id: 'evaluation',
  component: lazyRouteComponent(() => withTexts(import('./shell/AssessDoor')), 'AssessDoor'),
})
const console_ = createRoute({
  getParentRoute: () => root, id: 'operator',
  component: lazyRouteComponent(() => withTexts(import('@/features/console/ConsoleDoor')), 'ConsoleDoor'),
})
// An address nobody knows is told so inside the door it belongs to.
const lost = <P extends AnyParent, T extends string>(parent: P, path: T) => createRoute({ getParentRoute: () => parent, path, component: Lost })

const open = [
  page(root, '/sign-in', () => import('@/features/org/SignIn'), 'SignIn'),
  page(root, '/sign-in/return', () => import('@/features/identity/Return'), 'Return'),
  page(root, '/forgot', () => import('@/features/org/Forgot'), 'Forgot'),
  page(root, '/reset', () => import('@/features/org/Reset'), 'Reset'),
  page(root, '/activate', () => import('@/features/org/Activate'), 'Activate'),
  page(root, '/open', () => import('@/features/outward/Open'), 'Open'),
  page(root, '/console/sign-in', () => import('@/features/console/ConsoleSignIn'), 'ConsoleSignIn'),
]
const workplace = work.addChildren([
  early(work, '/', () => import('@/features/portal/Desktop'), 'Desktop'),
  page(work, '/notices', () => import('@/features/portal/Notices'), 'Notices'),
  page(work, '/works', () => import('@/features/progress/Works'), 'Works'),
  page(work, '/wordcheck', () => import('@/features/wordcheck/Wordcheck'), 'Wordcheck'),
  page(work, '/settings/plan', () => import('@/features/tenancy/PlanPage'), 'PlanPage'),
  page(work, '/settings/templates', () => import('@/features/tenancy/Templates'), 'UnitTemplates'),
  page(work, '/settings/support', () => import('@/features/tenancy/Support'), 'Support'),
  page(work, '/onboard', () => import('@/features/tenancy/Onboard'), 'Onboard'),
  page(work, '/onboard/notice', () => import('@/features/tenancy/Onboard'), 'NoticePage'),
  page(work, '/settings/calendar', () => import('@/features/portal/CalendarPage'), 'CalendarPage'),
  page(work, '/search', () => import('@/features/publish/Search'), 'SearchPage'),
  page(work, '/publish/reading', () => import('@/features/publish/Reading'), 'Reading'),
  page(work, '/publish/mine', () => import('@/features/publish/Mine'), 'Mine'),
  page(work, '/publish/to-publish', () => import('@/features/publish/ToPublish'), 'ToPublish'),
  page(work, '/publish/all', () => import('@/features/publish/AllItems'), 'AllItems'),
  page(work, '/publish/returns', () => import('@/features/publish/Returns'), 'Returns'),
  page(work, '/publish/offline', () => import('@/features/publish/Offline'), 'Offline'),
  page(work, '/publish/health', () => import('@/features/publish/Health'), 'Health'),
  page(work, '/publish/inspections', () => import('@/features/publish/InspectList'), 'InspectList'),
  page(work, '/publish/inspections/$id', () => import('@/features/publish/InspectPage'), 'InspectPage'),
  page(work, '/publish/findings', () => import('@/features/publish/InspectMine'), 'InspectMine'),
  page(work, '/publish/takedowns', () => import('@/features/publish/Takedowns'), 'Takedowns'),
  page(work, '/publish/department-reading', () => import('@/features/publish/DepartmentReading'), 'DepartmentReading'),
  page(work, '/publish/templates', () => import('@/features/publish/Templates'), 'Templates'),
  page(work, '/publish/columns', () => import('@/features/publish/Columns'), 'Columns'),
  page(work, '/publish/columns/$id', () => import('@/features/publish/ColumnPage'), 'ColumnPage'),
  page(work, '/publish/items/new', () => import('@/features/publish/NewItem'), 'NewItem'),
  page(work, '/publish/items/$id', () => import('@/features/publish/ItemPage'), 'ItemPage'),
  page(work, '/publish/items/$id/edit', () => import('@/features/publish/EditItem'), 'EditItem'),
  page(work, '/approval', () => import('@/features/approval/Tasks'), 'Tasks'),
  page(work, '/approval/tasks/$id', () => import('@/features/approval/TaskPage'), 'TaskPage'),
  page(work, '/approval/cases/$id', () => import('@/features/approval/CasePage'), 'CasePage'),
  page(work, '/exchange/outbox', () => import('@/features/exchange/Outbox'), 'Outbox'),
  page(work, '/exchange/inbox', () => import('@/features/exchange/Inbox'), 'Inbox'),
  page(work, '/exchange/envelopes/$id', () => import('@/features/exchange/EnvelopePage'), 'EnvelopePage'),
  page(work, '/exchange/solicitations', () => import('@/features/exchange/Solicitations'), 'Solicitations'),
  page(work, '/exchange/solicitations/$id', () => import('@/features/exchange/SolicitationPage'), 'SolicitationPage'),
  page(work, '/exchange/asked', () => import('@/features/exchange/AskedList'), 'AskedList'),
  page(work, '/exchange/asked/$id', () => import('@/features/exchange/AskedPage'), 'AskedPage'),
  page(work, '/exchange/bulletins', () => import('@/features/exchange/Bulletins'), 'Bulletins'),
  page(work, '/exchange/bulletins/new', () => import('@/features/exchange/BulletinDraft'), 'BulletinDraft'),
  page(work, '/exchange/bulletins/$id', () => import('@/features/exchange/BulletinPage'), 'BulletinPage'),
  page(work, '/exchange/pushes', () => import('@/features/exchange/Pushes'), 'Pushes'),
  page(work, '/exchange/pushes/$id', () => import('@/features/exchange/PushPage'), 'PushPage'),
  page(work, '/exchange/pushed', () => import('@/features/exchange/PushedList'), 'PushedList'),
  page(work, '/exchange/pushed/$id', () => import('@/features/exchange/PushedPage'), 'PushedPage'),
  page(work, '/exchange/journals', () => import('@/features/exchange/Journals'), 'Journals'),
  page(work, '/org/departments', () => import('@/features/org/Departments'), 'Departments'),
  page(work, '/org/members', () => import('@/features/org/Members'), 'Members'),
  page(work, '/org/imports', () => import('@/features/staff/Imports'), 'Imports'),
  page(work, '/org/requests', () => import('@/features/staff/Requests'), 'Requests'),
  page(work, '/org/offices', () => import('@/features/staff/Offices'), 'Offices'),
  page(work, '/org/handovers', () => import('@/features/staff/Handovers'), 'Handovers'),
  page(work, '/org/register', () => import('@/features/staff/Register'), 'Register'),
  page(work, '/org/accounts', () => import('@/features/staff/Accounts'), 'Accounts'),
  page(work, '/org/book', () => import('@/features/staff/Book'), 'Book'),
  page(work, '/org/roles', () => import('@/features/org/Roles'), 'Roles'),
  page(work, '/access', () => import('@/features/access/MyAccess'), 'MyAccess'),
  page(work, '/access/manage', () => import('@/features/access/AccessPage'), 'AccessPage'),
  page(work, '/audit', () => import('@/features/audit/AuditPage'), 'AuditPage'),
  page(work, '/org/sessions', () => import('@/features/org/Sessions'), 'Sessions'),
  page(work, '/org/security', () => import('@/features/factor/Security'), 'Security'),
  page(work, '/org/identities', () => import('@/features/identity/Mine'), 'Mine'),
  page(work, '/settings/identity', () => import('@/features/identity/Providers'), 'Providers'),
  page(work, '/org/second-factors', () => import('@/features/factor/Resets'), 'Resets'),
  page(work, '/org/tokens', () => import('@/features/token/Tokens'), 'Tokens'),
  page(work, '/org/outward', () => import('@/features/outward/Wishes'), 'Wishes'),
  page(work, '/settings/outward', () => import('@/features/outward/OutwardPage'), 'OutwardPage'),
  page(work, '/org/password', () => import('@/features/org/Password'), 'Password'),
  page(work, '/join', () => import('@/features/org/Join'), 'Join'),
  page(work, '/trial', () => import('@/features/trial/Trial'), 'Trial'),
  page(work, '/trial/runs/$id', () => import('@/features/trial/RunPage'), 'RunPage'),
  page(work, '/trial/feedback', () => import('@/features/trial/Feedback'), 'Feedback'),
  page(work, '/trial/feedback/$id', () => import('@/features/trial/FeedbackPage'), 'FeedbackPage'),
  page(work, '/trial/trainings', () => import('@/features/trial/Trainings'), 'Trainings'),
  page(work, '/trial/trainings/$id', () => import('@/features/trial/TrainingPage'), 'TrainingPage'),
  page(work, '/trial/help', () => import('@/features/trial/Desk'), 'Desk'),
  page(work, '/trial/vulnerabilities', () => import('@/features/trial/Vulnerabilities'), 'Vulnerabilities'),
  page(work, '/help', () => import('@/features/help/Guides'), 'Guides'),
  page(work, '/help/$page', () => import('@/features/help/GuidePage'), 'GuidePage'),
  lost(work, '/$'),
])
const evaluation = assess.addChildren([
  page(assess, '/assess/', () => import('@/features/assess/Year'), 'Year'),
  page(assess, '/assess/rounds/$id', () => import('@/features/assess/RoundPage'), 'RoundPage'),
  page(assess, '/assess/rounds/$id/units/$unit', () => import('@/features/assess/UnitPage'), 'UnitPage'),
  page(assess, '/assess/schemes', () => import('@/features/assess/Schemes'), 'Schemes'),
  page(assess, '/assess/schemes/$id', () => import('@/features/assess/SchemePage'), 'SchemePage'),
  page(assess, '/assess/schemes/$id/try', () => import('@/features/assess/Try'), 'Try'),
  page(assess, '/assess/schemes/$id/versions', () => import('@/features/assess/Versions'), 'Versions'),
  page(assess, '/assess/bulletins', () => import('@/features/assess/Bulletins'), 'Bulletins'),
  page(assess, '/assess/bulletins/$id', () => import('@/features/assess/BulletinView'), 'BulletinView'),
  page(assess, '/assess/gazettes', () => import('@/features/assess/Gazettes'), 'Gazettes'),
  page(assess, '/assess/gazettes/$id', () => import('@/features/assess/Gazettes'), 'GazetteView'),
  page(assess, '/assess/mine/$id', () => import('@/features/assess/MineRound'), 'MineRound'),
  page(assess, '/assess/mine', () => import('@/features/assess/Mine'), 'Mine'),
  page(assess, '/assess/rounds/$id/verdict', () => import('@/features/verdict/VerdictPage'), 'VerdictPage'),
  page(assess, '/assess/agenda', () => import('@/features/verdict/Agenda'), 'Agenda'),
  page(assess, '/assess/notices', () => import('@/features/verdict/NoticeList'), 'NoticeList'),
  page(assess, '/assess/notices/$id', () => import('@/features/verdict/NoticePage'), 'NoticePage'),
  page(assess, '/assess/targets', () => import('@/features/target/Board'), 'Board'),
  page(assess, '/assess/targets/own', () => import('@/features/target/Own'), 'Own'),
  page(assess, '/assess/targets/mine', () => import('@/features/target/Own'), 'Mine'),
  page(assess, '/assess/targets/units/$unit', () => import('@/features/target/UnitSheet'), 'UnitSheet'),
  page(assess, '/assess/targets/$id', () => import('@/features/target/TargetPage'), 'TargetPage'),
  page(assess, '/assess/tasks', () => import('@/features/review/Tasks'), 'Tasks'),
  page(assess, '/assess/self/$id', () => import('@/features/review/SelfForm'), 'SelfForm'),
  page(assess, '/assess/reviews/queue', () => import('@/features/review/Queue'), 'Queue'),
  page(assess, '/assess/reviews', () => import('@/features/review/Reviews'), 'Reviews'),
  page(assess, '/assess/reviews/$id', () => import('@/features/review/ReviewPage'), 'ReviewPage'),
  page(assess, '/assess/reviews/$id/units/$unit', () => import('@/features/review/ReviewUnit'), 'ReviewUnit'),
  page(assess, '/assess/polls/$id', () => import('@/features/review/PollPage'), 'PollPage'),
  page(assess, '/assess/ballots/$id', () => import('@/features/review/Ballot'), 'Ballot'),
  page(assess, '/assess/help', () => import('@/features/help/Guides'), 'Guides'),
  page(assess, '/assess/help/$page', () => import('@/features/help/GuidePage'), 'GuidePage'),
  lost(assess, '/assess/$'),
])
const operator = console_.addChildren([
  page(console_, '/console/', () => import('@/features/console/Tenants'), 'Tenants'),
  page(console_, '/console/tenants/$id', () => import('@/features/console/TenantPage'), 'TenantPage'),
  page(console_, '/console/lists', () => import('@/features/console/Lists'), 'Lists'),
  page(console_, '/console/lists/$id', () => import('@/features/console/ListPage'), 'ListPage'),
  page(console_, '/console/onboardings', () => import('@/features/console/Onboardings'), 'Onboardings'),
  page(console_, '/console/onboardings/$id', () => import('@/features/console/OnboardingPage'), 'OnboardingPage'),
  page(console_, '/console/glass', () => import('@/features/console/Glass'), 'Glass'),
  page(console_, '/console/usage', () => import('@/features/console/UsagePage'), 'UsagePage'),
  page(console_, '/console/account', () => import('@/features/console/Account'), 'Account'),
  page(console_, '/console/groups', () => import('@/features/console/Groups'), 'Groups'),
  page(console_, '/console/audit', () => import('@/features/console/Audit'), 'Audit'),
  page(console_, '/console/help', () => import('@/features/help/Guides'), 'Guides'),
  page(console_, '/console/help/$page', () => import('@/features/help/GuidePage'), 'GuidePage'),
  lost(console_, '/console/$'),
])

export const router = createRouter({
  routeTree: root.addChildren([...open, workplace, evaluation, operator]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
  defaultPendingComponent: Waiting,
  defaultErrorComponent: Crash,
  defaultNotFoundComponent: NotFound,
})

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
