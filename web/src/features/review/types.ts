// The names the screens of self-assessment, review and ratings use for the server's types.
import type { components } from '@/api/schema'

type S = components['schemas']

export type Call = S['ReviewCall']
export type CallPage = S['ReviewPage']
export type LineState = S['ReviewLineState']
export type UnitState = S['ReviewUnitState']
export type UnitPage = S['ReviewUnitPage']
export type Judgement = S['ReviewJudgement']
export type Form = S['ReviewForm']
export type FormRow = S['ReviewFormRow']
export type Line = S['ReviewLine']
export type Answer = S['ReviewAnswer']
export type Evidence = S['ReviewEvidence']
export type Proof = S['ReviewProof']
export type Task = S['ReviewTask']
export type ReviewQueue = S['ReviewQueue']
export type Poll = S['ReviewPoll']
export type Ticket = S['ReviewTicket']
