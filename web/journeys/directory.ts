// A directory such as a unit has of its own (LDAP), on a port of this machine: it
// takes a bind of somebody it knows, and then finds people by what a filter says.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'

/** Somebody in the directory. */
export interface Entry { dn: string; password: string; attributes: Record<string, string> }

/** One element of a message: its tag and what is in it. */
interface Element { tag: number; body: Buffer }

const BIND = 0x60, BOUND = 0x61, SEARCH = 0x63, FOUND = 0x64, DONE = 0x65
const AND = 0xa0, OR = 0xa1, NOT = 0xa2, EQUAL = 0xa3, PRESENT = 0x87
const OK = 0, NO_SUCH_OBJECT = 32, WRONG_CREDENTIALS = 49, NO_RIGHT = 50

/** A running directory. */
export class Directory {
  readonly entries: Entry[] = []
  private readonly server: Server
  private readonly lines = new Set<Socket>()

  private constructor() {
    this.server = createServer((line) => { this.serve(line) })
  }

  static async start(...entries: Entry[]): Promise<Directory> {
    const d = new Directory()
    d.entries.push(...entries)
    await new Promise<void>((done) => d.server.listen(0, '127.0.0.1', done))
    return d
  }

  get address(): string { return `127.0.0.1:${(this.server.address() as AddressInfo).port}` }

  async stop() {
    for (const l of this.lines) l.destroy()
    await new Promise((done) => this.server.close(done))
  }

  private serve(line: Socket) {
    let had = Buffer.alloc(0)
    let bound = false
    this.lines.add(line)
    line.on('close', () => this.lines.delete(line)).on('error', () => { line.destroy() })
    line.on('data', (more) => {
      had = Buffer.concat([had, more as Buffer])
      for (let m = first(had); m; m = first(had)) {
        had = had.subarray(m.length)
        const [id, op] = elements(m.body)
        if (!id || !op) { line.destroy(); return }
        const say = (tag: number, ...parts: Buffer[]) => line.write(element(0x30, element(id.tag, id.body), element(tag, ...parts)))
        if (op.tag === BIND) {
          bound = this.binds(op)
          say(BOUND, ...result(bound ? OK : WRONG_CREDENTIALS))
        } else if (op.tag === SEARCH) this.search(op, bound, say)
        else { line.end(); return }
      }
    })
  }

  private binds(op: Element): boolean {
    const [, dn, password] = elements(op.body).map((e) => e.body.toString())
    return this.entries.some((e) => e.dn.toLowerCase() === dn?.toLowerCase() && e.password === password)
  }

  private search(op: Element, bound: boolean, say: (tag: number, ...parts: Buffer[]) => unknown) {
    const [base, scope, , , , , filter] = elements(op.body)
    if (!bound || !base || !scope || !filter) { say(DONE, ...result(NO_RIGHT)); return }
    const at = base.body.toString().toLowerCase()
    if (!this.entries.some((e) => e.dn.toLowerCase().endsWith(at))) { say(DONE, ...result(NO_SUCH_OBJECT)); return }
    const inside = this.entries.filter((e) => (scope.body[0] === 0 ? e.dn.toLowerCase() === at : e.dn.toLowerCase().endsWith(at)) && matches(e, filter))
    for (const e of inside) {
      const attributes = Object.entries(e.attributes).map(([k, v]) => element(0x30, text(k), element(0x31, text(v))))
      say(FOUND, text(e.dn), element(0x30, ...attributes))
    }
    say(DONE, ...result(OK))
  }
}

function matches(e: Entry, f: Element): boolean {
  const has = (name: string) => Object.entries(e.attributes).find(([k]) => k.toLowerCase() === name.toLowerCase())?.[1]
  const inside = () => elements(f.body)
  switch (f.tag) {
    case AND: return inside().every((i) => matches(e, i))
    case OR: return inside().some((i) => matches(e, i))
    case NOT: return !inside().some((i) => matches(e, i))
    case PRESENT: return f.body.toString().toLowerCase() === 'objectclass' || has(f.body.toString()) !== undefined
    case EQUAL: {
      const [name = '', value = ''] = inside().map((i) => i.body.toString())
      return name.toLowerCase() === 'objectclass' ? value === 'person' : has(name)?.toLowerCase() === value.toLowerCase()
    }
    default: return false
  }
}

// BER, as far as the messages above need it.

function first(b: Buffer): (Element & { length: number }) | undefined {
  if (b.length < 2) return undefined
  const short = b[1] ?? 0
  const more = short < 0x80 ? 0 : short & 0x7f
  if (b.length < 2 + more) return undefined
  const size = more ? b.readUIntBE(2, more) : short
  const length = 2 + more + size
  return b.length < length ? undefined : { tag: b[0] ?? 0, body: b.subarray(2 + more, length), length }
}

function elements(b: Buffer): Element[] {
  const all: Element[] = []
  for (let e = first(b); e; e = first(b)) {
    all.push(e)
    b = b.subarray(e.length)
  }
  return all
}

function element(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  const size = body.length < 0x80 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 0xff])
  return Buffer.concat([Buffer.from([tag]), size, body])
}

const text = (s: string) => element(0x04, Buffer.from(s))
const result = (code: number) => [element(0x0a, Buffer.from([code])), text(''), text('')]
