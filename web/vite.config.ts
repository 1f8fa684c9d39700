/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { pdf } from './plugins/pdf.ts'
import { texts } from './plugins/texts.ts'

// Where `npm run dev` finds the server.
const server = process.env.HETU_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [texts(), pdf(), react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  server: { host: '127.0.0.1', port: 5173, proxy: { '/api': server } },
  preview: { host: '127.0.0.1', proxy: { '/api': server } },
  build: {
    target: 'es2022', manifest: true, chunkSizeWarningLimit: 800,
    // A page's own styles are named where it is asked for; naming all its scripts too would make up a tenth of the first
    // script. They are asked for once its own has come, mostly while the pointer is still on the way to the link.
    modulePreload: { resolveDependencies: (_, deps, { hostType }) => (hostType === 'js' ? deps.filter((d) => d.endsWith('.css')) : deps) },
    // antd's parts do not say that importing them has no effects; without this all of form comes with one of its contexts.
    rolldownOptions: { treeshake: { moduleSideEffects: [{ test: /node_modules\/(@rc-component|@ant-design|antd)\/.*\.js$/, sideEffects: false }] } },
  },
  test: { environment: 'node', include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/i18n/for-tests.ts'] },
})
