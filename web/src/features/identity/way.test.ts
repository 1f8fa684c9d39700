import { beforeEach, expect, test } from 'vitest'
import { backOf, forgetWay, goesByItself, leaveFor, onTheWay } from './way'

const kept = new Map<string, string>()
const gone: string[] = []
beforeEach(() => {
  kept.clear()
  gone.length = 0
  Object.assign(globalThis, {
    sessionStorage: { getItem: (k: string) => kept.get(k) ?? null, setItem: (k: string, v: string) => kept.set(k, v), removeItem: (k: string) => kept.delete(k) },
    window: { location: { assign: (to: URL) => gone.push(String(to)) } },
  })
})

test('only a web address is followed (AN-07)', () => {
  expect(() => { leaveFor('javascript:alert(1)', { purpose: 'sign-in', name: 'x', next: '/' }) }).toThrow()
  expect(gone).toEqual([])
  leaveFor('https://login.example.cn/a?b=c', { purpose: 'link', name: '统一认证', next: '/org/identities' })
  expect(gone).toEqual(['https://login.example.cn/a?b=c'])
  expect(onTheWay()).toEqual({ purpose: 'link', name: '统一认证', next: '/org/identities' })
  forgetWay()
  expect(onTheWay()).toEqual({ purpose: 'sign-in', name: '', next: '/' })
})

test('afterwards nobody is led elsewhere (AN-07)', () => {
  for (const next of ['https://evil.example', '//evil.example', '/\\evil.example', '/\t/evil.example', '/sign-in?next=/', 'javascript:alert(1)']) {
    leaveFor('https://login.example.cn', { purpose: 'sign-in', name: 'x', next })
    expect(onTheWay().next).toBe('/')
    kept.set('hetu.way', JSON.stringify({ purpose: 'sign-in', name: 'x', next }))
    expect(onTheWay().next).toBe('/')
  }
  for (const broken of ['', '[]', '{', '7', '{"next":7}']) {
    kept.set('hetu.way', broken)
    expect(onTheWay().next).toBe('/')
  }
})

test('what comes back is what the server takes', () => {
  expect(backOf({ state: 's', code: 'c', iss: 'https://i', session_state: 'x' })).toEqual({ state: 's', code: 'c', iss: 'https://i' })
  expect(backOf({ error: 'e'.repeat(200) })).toEqual({ state: '', error: 'e'.repeat(100) })
})

test('inside WeCom one is sent there once, and nowhere else at all (R383)', () => {
  expect(goesByItself('Mozilla/5.0 (Windows NT 10.0) Chrome/126.0')).toBe(false)
  expect(goesByItself('Mozilla/5.0 (iPhone) MicroMessenger/8.0 wxwork/4.1.28')).toBe(true)
  expect(goesByItself('Mozilla/5.0 (iPhone) MicroMessenger/8.0 wxwork/4.1.28')).toBe(false)
})
