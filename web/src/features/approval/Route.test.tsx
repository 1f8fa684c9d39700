import { renderToStaticMarkup } from 'react-dom/server'
import { expect, it } from 'vitest'
import zh from '@/i18n/zh-CN.json'
import { speak } from '@/i18n'
import type { Case } from '@/api/types'
import { Opinions } from './Route'

it('says of what nobody did that the system did it', () => {
  speak('zh-CN', zh)
  const events = [
    { action: 'start', at: '2026-03-02T01:00:00Z', by: { id: 'a', name: '苏映河' }, checks: [], opinion: '', reason: '', step: null },
    { action: 'recompute', at: '2026-03-02T02:00:00Z', by: null, checks: [], opinion: '', reason: 'handler_left', step: 1 },
  ]
  const html = renderToStaticMarkup(<Opinions c={{ earlier: [], events } as unknown as Case} />)
  expect(html).toContain('苏映河')
  expect(html).toContain(zh['approval.system'])
})
