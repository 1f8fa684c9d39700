// The ranking page read as a person reads it, and the workbook that it hands out.
import { readFileSync } from 'node:fs'
import type { Person } from './person'
import { firstSheet } from './xlsx'

/** One line of a ranking: who, and how many points in all, as written. */
export interface Line { unit: string; total: string }

/** The lines of the ranking that is shown, best first. */
export async function shown(p: Person): Promise<Line[]> {
  await p.settle()
  const rows = await p.page.locator('#ranking [data-row]').all()
  return Promise.all(rows.map(async (r) => ({
    unit: (await r.getByRole('link').first().innerText()).trim(),
    total: (await r.locator('strong').first().innerText()).trim(),
  })))
}

/** Shows the tenants or the departments. */
export async function subject(p: Person, name: '单位' | '部门') {
  await p.page.getByRole('main').locator('.ant-segmented-item', { hasText: name }).click()
  await p.settle()
}

/** Waits until the chart has been drawn and stands still. */
export async function drawn(p: Person) {
  await p.page.waitForFunction(() => {
    const chart = document.querySelector<HTMLElement>('div[role=img]')
    const now = chart?.querySelector('svg')?.outerHTML
    if (!chart || !now) return false
    const { before } = chart.dataset
    chart.dataset.before = now
    return before === now
  }, undefined, { polling: 400 })
}

/** The lines of the first sheet of the workbook that the page offers. */
export async function downloaded(p: Person): Promise<{ tenants: Line[]; departments: Line[] }> {
  const [file] = await Promise.all([p.page.waitForEvent('download'), p.page.getByRole('link', { name: '下载 XLSX' }).click()])
  const rows = firstSheet(readFileSync(await file.path()))
  const head = rows.findIndex((r) => r.includes('总分'))
  const [kind, unit, total] = ['对象', '单位', '总分'].map((name) => rows[head]?.indexOf(name) ?? -1) as [number, number, number]
  const of = (name: string) => rows.slice(head + 1).filter((r) => r[kind] === name).map((r) => ({ unit: r[unit] ?? '', total: r[total] ?? '' }))
  return { tenants: of('下级单位'), departments: of('部门') }
}
