// A demonstration to walk through: started here, or one that runs already.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** One person whom a visitor may be, as the demonstration offers them. */
export interface SignIn { door: string; role: string; tenant: string; login: string; password: string }

/** What is shown: a province, or a published score table. */
export type Case = 'province' | 't1'

const READY_WITHIN = 10 * 60_000 // the organisation is made through the product first
const STOPPED_WITHIN = 60_000

/** A running demonstration and the people one may be in it. */
export class Demo {
  readonly url: string
  private readonly signIns: SignIn[]
  private readonly child: ChildProcess | undefined

  private constructor(url: string, signIns: SignIn[], child?: ChildProcess) {
    this.url = url
    this.signIns = signIns
    this.child = child
  }

  /** Starts one in dir and waits until it answers; HETU_BIN names another binary than the one make builds. */
  static async start(dir: string, what: Case): Promise<Demo> {
    const at = `127.0.0.1:${await freePort()}`
    const binary = process.env.HETU_BIN ?? join(import.meta.dirname, '../../.bin/hetu')
    const child = spawn(binary, ['demo', '--dir', dir, '--listen', at, '--case', what], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stdout.on('data', (b: Buffer) => { said += b.toString() })
    child.stderr.on('data', (b: Buffer) => { said += b.toString() })
    child.on('error', (err) => { said += String(err) })
    const demo = new Demo(`http://${at}`, [], child)
    try {
      await demo.ready(() => said)
      return new Demo(demo.url, people(join(dir, what, 'demo.json')), child)
    } catch (err) {
      await demo.stop()
      throw err
    }
  }

  /** One that somebody else started; state is the path of its demo.json. */
  static at(url: string, state: string): Demo { return new Demo(url.replace(/\/$/, ''), people(state)) }

  /** The first person whose role begins so. */
  who(role: string): SignIn {
    const found = this.signIns.find((s) => s.role.startsWith(role))
    if (!found) throw new Error(`the demonstration has no ${role}`)
    return found
  }

  /** Ends what was started here, the way Ctrl-C does, and waits for it. */
  async stop(): Promise<void> {
    const child = this.child
    if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
    const ended = new Promise((done) => child.once('exit', done))
    child.kill('SIGINT')
    const limit = setTimeout(() => child.kill('SIGKILL'), STOPPED_WITHIN)
    await ended
    clearTimeout(limit)
  }

  private async ready(said: () => string): Promise<void> {
    const until = Date.now() + READY_WITHIN
    while (Date.now() < until) {
      if (this.child?.exitCode !== null || this.child.pid === undefined) throw new Error(`the demonstration ended: ${said()}`)
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined)
      if (answer?.ok) return
      await pause(250)
    }
    throw new Error(`the demonstration was not ready in time: ${said()}`)
  }
}

/** A new directory that the database's own user may enter too. */
export function scratch(): { dir: string; remove: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'hetu-journeys-'))
  chmodSync(dir, 0o755)
  return { dir, remove: () => { rmSync(dir, { recursive: true, force: true }) } }
}

function people(path: string): SignIn[] {
  return (JSON.parse(readFileSync(path, 'utf8')) as { sign_ins: SignIn[] }).sign_ins
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const s = createServer()
    s.once('error', fail)
    s.listen(0, '127.0.0.1', () => {
      const at = s.address()
      s.close(() => {
        if (at && typeof at === 'object') done(at.port)
        else fail(new Error('no free port'))
      })
    })
  })
}
