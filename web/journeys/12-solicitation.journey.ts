// Headquarters asks its bureaus for a report, one answers, headquarters adopts
// it, records what a leader says, and issues the bulletin.
import { askAndReport } from './asking'
import type { Journey, Walk } from './walk'

export default { name: 'solicitation', walk } satisfies Journey

async function walk(w: Walk) {
  await askAndReport(w, {
    above: await w.enter('办公室信息员'), below: await w.enter('市局信息员'), reviewer: await w.enter('市局办公室'),
    upper: '青川省水务厅', unit: '云岭市水务局', journal: '水务信息',
  })
}
