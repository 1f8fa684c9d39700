import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'

const NAME = 'virtual:pdf-assets'
const home = fileURLToPath(new URL('../node_modules/pdfjs-dist/', import.meta.url))
const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string }
const AT = `assets/pdf-${version}/`
// Code pages and fonts that documents take for granted, and the decoders of scans that need no WebAssembly, which the content security policy forbids.
const PARTS = { cmaps: /\.bcmap$/, standard_fonts: /\.(pfb|ttf)$/, wasm: /_nowasm_fallback\.js$/ }

/** What pdf.js fetches while it draws, from this very server; `virtual:pdf-assets` is where. */
export function pdf(): Plugin {
  return {
    name: 'hetu-pdf',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) => (id === `\0${NAME}` ? `export default ${JSON.stringify(`/${AT}`)}` : undefined),
    configureServer(server) {
      server.middlewares.use(`/${AT}`, (req, res, next) => {
        const [part = '', file = ''] = (req.url ?? '').slice(1).split('/')
        if (!(part in PARTS) || !readdirSync(join(home, part)).includes(file)) { next(); return }
        if (file.endsWith('.js')) res.setHeader('Content-Type', 'text/javascript')
        res.end(readFileSync(join(home, part, file)))
      })
    },
    generateBundle() {
      for (const [part, wanted] of Object.entries(PARTS)) {
        for (const file of readdirSync(join(home, part)).filter((f) => wanted.test(f))) {
          this.emitFile({ type: 'asset', fileName: `${AT}${part}/${file}`, source: readFileSync(join(home, part, file)) })
        }
      }
    },
  }
}
