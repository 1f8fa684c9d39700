import { describe, expect, it } from 'vitest'
import { format, parse, rounded } from './decimal'
import { stacked, waterfall } from './waterfall'

const entry = (id: string, points_before: string, points = points_before) => ({ id, rule_name: id, points_before, points })

describe('decimal', () => {
  it('adds without the errors of floats', () => {
    expect(format(parse('0.1') + parse('0.2'))).toBe('0.3')
    expect(['60', '-1.50', '0.0', '+2', '-0.25'].map((x) => format(parse(x)))).toEqual(['60', '-1.5', '0', '2', '-0.25'])
  })
  it('is read to two places', () => {
    expect(['13.3333333333333333', '6.6666666666666667', '-0.125', '12', '0.004'].map(rounded)).toEqual(['13.33', '6.67', '-0.13', '12', '0'])
  })
})

describe('waterfall (UI8)', () => {
  it('leads from bar to bar to the total and shows what a cap took', () => {
    const bars = waterfall([entry('base', '60'), entry('own', '25', '20'), entry('late', '-3.5')])
    expect(bars.map((b) => [b.kind, b.from, b.to, b.step])).toEqual([
      ['plus', 0, 60, '+60'], ['plus', 60, 85, '+25'], ['cap', 85, 80, '-5'], ['minus', 80, 76.5, '-3.5'], ['total', 0, 76.5, '76.5'],
    ])
  })
  it('comes to the total although no line is a round number', () => {
    expect(waterfall([entry('a', '1.0016666666666667'), entry('b', '1.0016666666666667'), entry('c', '1.0016666666666666')]).at(-1)?.step).toBe('3.01')
  })
  it('names the entry behind every bar but the total', () => {
    expect(waterfall([entry('a', '1', '0.5')]).map((b) => b.entry)).toEqual(['a', 'a', undefined])
  })
  it('is a single total of nothing without entries', () => {
    expect(waterfall([])).toEqual([{ kind: 'total', rule: '', from: 0, to: 0, step: '0' }])
  })
})

describe('stacked', () => {
  it('draws a bar above zero, below zero and across it', () => {
    expect(stacked(60, 85)).toEqual({ base: 60, above: 25, below: 0 })
    expect(stacked(-2, -5)).toEqual({ base: -2, above: 0, below: -3 })
    expect(stacked(2, -3)).toEqual({ base: 0, above: 2, below: -3 })
  })
})
