// Fails when the JavaScript that the desktop page needs on a first visit
// exceeds its budget (UI11). Run it after `npm run build`.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const BUDGET = 300 * 1000
const PAGES = ['index.html', 'src/i18n/zh-CN.json?desk', 'src/app/shell/Workplace.tsx', 'src/features/portal/Desktop.tsx']
const manifest = JSON.parse(readFileSync('dist/.vite/manifest.json', 'utf8'))

const files = new Set()
const visit = (key) => {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`the build has no chunk for ${key}`)
  if (files.has(chunk.file)) return
  files.add(chunk.file)
  chunk.imports?.forEach(visit)
}
PAGES.forEach(visit)

const size = (file) => gzipSync(readFileSync(`dist/${file}`), { level: 9 }).length
const sizes = [...files].filter((f) => f.endsWith('.js')).map((f) => [size(f), f])
sizes.sort((a, b) => b[0] - a[0])
for (const [n, f] of sizes) console.log(`${(n / 1000).toFixed(1).padStart(8)} kB  ${f}`)
const total = sizes.reduce((sum, [n]) => sum + n, 0)
console.log(`${(total / 1000).toFixed(1).padStart(8)} kB  of ${BUDGET / 1000} kB gzip for the desktop page`)
process.exit(total > BUDGET ? 1 : 0)
