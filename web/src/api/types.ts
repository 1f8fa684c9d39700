// The names the screens use for the server's types. schema.d.ts is written from
// the server's own openapi.json by `npm run api`; nothing here repeats it.
import type { components } from './schema'

type S = components['schemas']

export interface List<T> { items: T[]; next?: string }
export type Ref = S['OrgRef']

// org
export type TenantCard = S['OrgCard']
export type MyDepartment = S['OrgMyDepartment']
export type Me = S['OrgMe']
export type Session = S['OrgSession']
export type Department = S['OrgDepartment']
export type DepartmentDraft = S['OrgNewDepartment']
export type Post = S['OrgPost']
export type Member = S['OrgMember']
export type MemberDraft = S['OrgNewMember']
export type PostDraft = S['OrgNewPost']
export type PostEdit = S['OrgPostEdit']
export type Person = S['OrgPerson']
export type Role = S['OrgRoleRow']
export type RoleDraft = S['OrgNewRole']
export type Permission = S['OrgPermissionRow']
export type Grant = S['OrgGrantRow']
export type GrantScope = S['OrgGrantScope']
export type GrantDraft = S['OrgNewGrant']
export type SubjectKind = Grant['subject']['kind']
export type Invitation = S['OrgInvitation']

// console
export type Operator = S['ConsoleMe']
export type Group = S['ConsoleGroup']
export type Tenant = S['ConsoleTenant']
export type TenantDraft = S['ConsoleNewTenant']
export type OperatorAct = S['ConsoleAct']
export type TenantPage = S['ConsolePage']
export type Measurement = S['ConsoleMeasurement']
export type Usage = S['ConsoleUsage']

// audit
export type AuditRecord = S['AuditRecord']
export type AuditSeal = S['AuditSealing']

// publish
export type Column = S['PublishColumn']
export type ColumnDraft = S['PublishNewColumn']
export type ColumnRightHolder = S['PublishHolder']
export type ColumnRight = ColumnRightHolder['right']
export type Attachment = S['PublishAttachment']
export type Reviewer = S['PublishReviewer']
export type Item = S['PublishItem']
export type ItemState = Item['state']
export type ItemDraft = S['PublishDraft']
export type ItemPatch = S['PublishRevision']
export type ItemRow = S['PortalItem']
export type Health = S['PublishHealth']
export type ColumnHealth = S['PublishColumnHealth']
export type Responsible = S['PublishResponsible']
export type Inspection = S['PublishInspection']
export type InspectionPage = S['PublishInspectionPage']
export type InspectionDraft = S['PublishNewInspection']
export type InspectionResult = S['PublishResult']
export type Drawn = S['PublishDrawn']
export type Finding = S['PublishFinding']
export type ItemView = 'reading' | 'mine' | 'approved' | 'all'

// approval
export type Task = S['ApprovalTask']
export type Step = S['ApprovalCaseStep']
export type CaseEvent = S['ApprovalCaseEvent']
export type Case = S['ApprovalCasePage']
export type CaseRound = S['ApprovalRound']
export type CaseRow = S['ApprovalCaseRow']
export type TaskPage = S['ApprovalTaskPage']
export type Approve = S['ApprovalApproval']
export type Return = S['ApprovalGiving']
export type ReturnReason = Return['reason_code']
export type ApprovalCounts = S['ApprovalCounts']

// exchange
export type Target = S['ExchangeTarget']
export type Adoption = S['ExchangeAdoption']
export type Envelope = S['ExchangeEnvelope']
export type EnvelopeState = Envelope['state']
export type EnvelopePage = S['ExchangePage']
export type Journal = S['ExchangeJournal']
export type JournalDraft = S['ExchangeJournalDraft']

// assess
export type Unit = S['AssessUnit']
export type UnitKind = Unit['kind']
export type Rule = S['AssessSpec']
export type SchemeRow = S['AssessSchemeRow']
export type Scheme = S['AssessScheme']
export type DeedKind = S['AssessDeedKind']
export type Round = S['AssessRound']
export type RoundDraft = S['AssessNewRound']
export type RankingRow = S['AssessRow']
export type Ranking = S['AssessRanking']
export type Entry = S['AssessUnitLine']
export type UnitScore = S['AssessUnitScore']
export type Deed = S['AssessDeed']
export type MyScore = S['AssessMine']
export type Sampled = S['AssessSampled']
export type Sample = S['AssessSample']
export type Light = Pick<S['AssessPart'], 'color' | 'basis' | 'against'>
export type Trend = S['AssessTrend']
export type MonthDeed = S['AssessMonthDeed']

// progress
export type Work = Omit<S['ProgressWork'], 'file'> & { file: S['ProgressFile'] | null }

// calendar, message, portal, attachment
export type CalendarDay = S['CalendarDay']
export type CalendarYear = S['CalendarTable']
export type Hours = S['CalendarOffice']
export type Notice = S['MessageReceived']
export type Desktop = S['PortalDesktop']
export type Upload = S['AttachmentProgress']
export type UploadStart = S['AttachmentBegun']

// wordcheck
export type Word = S['WordcheckWord']
export type WordDraft = S['WordcheckDraft']
export type WordClass = Word['class']
export type WordLevel = Word['level']
export type WordPhrase = S['WordcheckPhrase']
export type WordEdition = S['WordcheckEdition']
export type WordFinding = S['WordcheckStockFinding']
export type WordReport = S['WordcheckReport']
