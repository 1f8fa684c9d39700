// Sending a file in pieces, going on where it broke off.
import { ApiError } from '@/api/problem'
import type { Upload, UploadStart } from '@/api/types'

/** The requests an upload is made of. */
export interface Wire {
  start: (name: string, size: number) => Promise<UploadStart>
  put: (id: string, offset: number, bytes: Blob) => Promise<{ offset: number; state: string }>
  look: (id: string) => Promise<Upload>
}

interface Source { name: string; size: number; slice: (from: number, to: number) => Blob }

const TRIES = 6

/**
 * Sends file and returns the upload's id once the server holds all of it and
 * has accepted its content. done is told the bytes that have arrived.
 */
export async function send(
  file: Source, wire: Wire, done: (bytes: number) => void, wait: (ms: number) => Promise<void> = sleep,
): Promise<string> {
  const { id, offset, chunk_size } = await wire.start(file.name, file.size)
  let at = offset
  let state = 'open'
  for (let failures = 0; at < file.size;) {
    try {
      const r = await wire.put(id, at, file.slice(at, Math.min(at + chunk_size, file.size)))
      at = r.offset
      state = r.state
      failures = 0
    } catch (err) {
      at = await resume(err, id, wire, ++failures, wait)
    }
    done(at)
  }
  while (state === 'open' || state === 'scanning') {
    const u = await wire.look(id)
    state = u.state
    if (state !== 'ready' && state !== 'refused') await wait(800)
  }
  if (state === 'refused') throw new ApiError({ status: 422, code: 'attachment.type_refused' })
  return id
}

// Where to go on after a failed piece; throws what cannot be mended.
async function resume(err: unknown, id: string, wire: Wire, failures: number, wait: (ms: number) => Promise<void>): Promise<number> {
  if (!(err instanceof ApiError) || failures >= TRIES) throw err
  if (err.code === 'attachment.offset') return Number(err.problem.meta?.offset ?? (await wire.look(id)).offset)
  if (!err.unsure) throw err
  await wait(500 * 2 ** failures)
  return (await wire.look(id).catch(() => { throw err })).offset
}

function sleep(ms: number): Promise<void> {
  return new Promise((done) => { setTimeout(done, ms) })
}
