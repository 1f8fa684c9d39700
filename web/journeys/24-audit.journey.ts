// The auditor finds who changed what: counts it, opens the records behind a
// number, one of them, and takes them out with a signature.
import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import type { Journey, Walk } from './walk'

export default { name: 'audit', walk } satisfies Journey

async function walk(w: Walk) {
  const auditor = await w.enter('安全审计员')
  await auditor.go('审计记录')
  await auditor.page.getByRole('tab', { name: '统计' }).click()
  await auditor.row('授权').first().waitFor()
  await auditor.look('statistics')
  await auditor.page.getByText('按人员', { exact: true }).click()
  await auditor.page.getByText('按人员', { exact: true }).first().waitFor()
  await auditor.look('by-person')
  await auditor.page.getByText('按操作', { exact: true }).click()
  await auditor.press('显示其余')
  await auditor.row('冻结或限制权限').getByRole('button').first().click()
  await auditor.page.getByRole('tab', { name: '操作记录', selected: true }).waitFor()
  const record = auditor.row('冻结或限制权限').first()
  await record.waitFor()
  await auditor.look('records')
  await record.getByRole('button', { name: '冻结或限制权限' }).click()
  await auditor.page.getByRole('dialog').getByText('人事处处理决定').waitFor()
  await auditor.look('record', false)
  await auditor.page.keyboard.press('Escape')
  const coming = auditor.page.waitForEvent('download')
  await auditor.page.getByRole('link', { name: '签名导出 JSON' }).click()
  const file = await (await coming).path()
  assert.ok(statSync(file).size > 500, 'the signed export has something in it')
  await auditor.page.getByRole('tab', { name: '存证' }).click()
  await auditor.look('notes')
}
