import { beforeAll, describe, expect, it } from 'vitest'
import type { Rule } from '@/api/types'
import { speak } from '@/i18n'
import zh from '@/i18n/zh-CN.json'
import { FIELDS, sentences, tidy, tidyPlan, TYPES } from './rules'

beforeAll(() => { speak('zh-CN', zh) })

const rule = (r: Partial<Rule>): Rule => ({ code: 'a', name: '规则', type: 'per_item', deed_kind: 'k', ...r })

describe('what a rule says', () => {
  const cases: [string, Rule, string[]][] = [
    ['per item', rule({ levels: [{ level: 'own', points: '2' }, { level: '省级', points: '5' }], highest_only: true, cap: '100' }), ['本级每条 2 分', '省级每条 5 分', '同一信息只按最高一次计', '最高 100 分']],
    ['a monthly task', rule({ type: 'base_task', task: 4, every: 'month', base_points: '20', shortfall: 'deduct', short_points: '1', bonus_points: '0.5', bonus_cap: '10' }),
      ['每月任务 4 条，完成得 20 分', '每少一条扣 1 分，最低 0 分', '超出每条加 0.5 分，加分最多 10 分']],
    ['deduction', rule({ type: 'deduction', base_points: '50', levels: [{ level: '', points: '2' }] }), ['从 50 分开始', '不分级别每次扣 2 分', '扣完为止，不低于零分']],
    ['ratio', rule({ type: 'ratio', target: '36', base_points: '18', factor: '0.8' }), ['数量 ÷ 目标 36 × 18 分，最多按 1 倍计', '未完成目标时再乘 0.8']],
    ['rank', rule({ type: 'rank', base_points: '10', spread: '0.3' }), ['数量多者在前，在本类单位中排名', '第一名得 10 分，末名得 70%，其余按名次等距']],
    ['category', rule({ type: 'category', of: ['x', 'y'] }), ['x-、y-中只计得分最高的一项']],
    ['veto', rule({ type: 'veto', effect: 'fail' }), ['发生 1 起即评为最低等次']],
    ['formula', rule({ type: 'formula', formula: '数量 ÷ 目标 × 基本分', target: '4', base_points: '10', floor: '0' }), ['得分 = 数量 ÷ 目标 × 基本分', '目标 4', '基本分 10 分', '最低 0 分']],
  ]
  it.each(cases)('%s', (_, r, want) => { expect(sentences(r, (c) => `${c}-`)).toEqual(want) })
  it.each(TYPES)('%s has words for everything', (type) => {
    const all = sentences(rule({ type, levels: [{ level: '', points: '1' }], table: [{ at_least: '1', points: '2' }], grades: [{ grade: '优', factor: '1' }], of: ['a', 'b'], by_class: [{ class: 'k', value: '3' }] }))
    expect(all.length).toBeGreaterThan(0)
    for (const s of all) expect(s).not.toMatch(/rule\.|\{|undefined/)
  })
})

describe('what is sent', () => {
  it('is only what the type means', () => {
    expect(tidy(rule({ type: 'veto', effect: 'fail', levels: [{ level: '', points: '1' }], cap: '3' }))).toEqual({ code: 'a', name: '规则', type: 'veto', deed_kind: 'k', effect: 'fail' })
    expect(tidy(rule({ type: 'base_task', task: 3, base_points: '5', short_points: '1', floor: '-2', bonus_points: '' }))).toEqual({ code: 'a', name: '规则', type: 'base_task', deed_kind: 'k', task: 3, base_points: '5', shortfall: 'zero' })
    expect(Object.keys(FIELDS).sort()).toEqual([...TYPES].sort())
  })
  it('leaves out of the plan what says nothing', () => {
    expect(tidyPlan({ members: [{ unit: 'u', class: '' }, { unit: 'v', class: 'k' }, { unit: 'gone', class: 'k' }], classes: [{ code: 'k', name: '类' }], sum: '' }, ['u', 'v'])).toEqual({ classes: [{ code: 'k', name: '类' }], members: [{ unit: 'v', class: 'k' }] })
    expect(tidyPlan(undefined, [])).toEqual({})
  })
})
