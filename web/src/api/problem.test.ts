import { describe, expect, it } from 'vitest'
import { t } from '@/i18n'
import { ApiError, asProblem, fieldErrors, problemOf, problemText, signedOut, staleOf } from './problem'

describe('problemText', () => {
  it('speaks by code first', () => {
    expect(problemText({ code: 'org.credentials', status: 401 })).toBe(t('error.org.credentials'))
  })
  it('falls back to the last part of the code, then to the status, then names the code', () => {
    expect(problemText({ code: 'archive.title_missing', status: 422 })).toBe(t('error.any.missing'))
    expect(problemText({ code: 'archive.odd', status: 422 })).toBe(t('error.http.422'))
    expect(problemText({ code: 'archive.not_found', status: 404 })).toBe(t('error.any.not_found'))
    expect(problemText({ code: 'archive.odd', status: 418 })).toContain('archive.odd')
  })
  it('fills in what the server sent along', () => {
    expect(problemText({ code: 'org.locked', status: 401, meta: { until: '09:30' } })).toContain('09:30')
  })
  it('tells the time as people do, not as the server writes it', () => {
    const until = new Date(2026, 10, 2, 9, 5)
    const text = problemText({ code: 'org.locked', status: 401, meta: { until: until.toISOString() } })
    expect(text).toBe(t('error.org.locked', { until: '2026-11-02 09:05' }))
  })
})

describe('problemOf', () => {
  it('reads problem+json', () => {
    expect(problemOf(422, { code: 'publish.title_missing', field: 'title', request_id: 'r1' }))
      .toEqual({ status: 422, code: 'publish.title_missing', field: 'title', request_id: 'r1' })
  })
  it('makes do with an answer that a proxy wrote', () => {
    expect(problemOf(502, '<html>')).toEqual({ status: 502, code: 'http.502' })
  })
})

describe('fieldErrors', () => {
  it('uses the list when there is one, else the single field', () => {
    const p = problemOf(422, { code: 'request.invalid', field: 'a', errors: [{ field: 'b', code: 'org.password_weak' }, { field: 'c', code: 'x.required' }] })
    expect(fieldErrors(p)).toEqual([
      { field: 'b', text: t('error.org.password_weak') }, { field: 'c', text: t('error.any.required') },
    ])
    expect(fieldErrors(problemOf(422, { code: 'x.taken', field: 'login' }))).toEqual([{ field: 'login', text: t('error.any.taken') }])
    expect(fieldErrors(problemOf(409, { code: 'x.taken' }))).toEqual([])
  })
})

describe('staleOf', () => {
  const meta = { version: 4, changed_by: '陈志远', changed_at: '2026-11-22T09:30:00+08:00', changed: ['title'] }
  it('tells a lost update race from other conflicts', () => {
    expect(staleOf(problemOf(409, { code: 'publish.stale', meta }))).toEqual(meta)
    expect(staleOf(problemOf(409, { code: 'publish.wrong_state', meta }))).toBeUndefined()
  })
})

describe('signedOut', () => {
  it.each([['tenant.no_actor', true], [undefined, true], ['console.locked', false], ['org.credentials', false], ['org.second_wrong', false]])(
    'of a 401 that says %s is %s', (code, out) => { expect(signedOut(problemOf(401, { code }))).toBe(out) })
  it('is not said by other refusals', () => { expect(signedOut(problemOf(403, { code: 'rbac.denied' }))).toBe(false) })
})

describe('ApiError', () => {
  it('is unsure only where nobody knows whether it was done', () => {
    const unsure = (status: number) => new ApiError({ status, code: 'x' }).unsure
    expect([0, 502, 503, 504].map(unsure)).toEqual([true, true, true, true])
    expect([401, 409, 422, 500].map(unsure)).toEqual([false, false, false, false])
  })
  it('counts a stranger as no answer', () => {
    expect(asProblem(new TypeError('network'))).toEqual({ status: 0, code: 'http.0' })
  })
})
