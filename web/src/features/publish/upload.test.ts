import { describe, expect, it } from 'vitest'
import { ApiError } from '@/api/problem'
import { send, type Wire } from './upload'

const file = (size: number) => ({ name: '方案.pdf', size, slice: (from: number, to: number) => new Blob(['x'.repeat(to - from)]) })
const now = () => Promise.resolve()

/** A server that keeps bytes and fails as told. */
class Server implements Wire {
  at = 0
  puts: [number, number][] = []
  size = 0
  end = 'ready'
  failures: ApiError[] = []

  start = (_: string, size: number) => {
    this.size = size
    return Promise.resolve({ id: 'u1', offset: this.at, chunk_size: 4 })
  }
  put = async (_: string, offset: number, bytes: Blob) => {
    const failure = this.failures.shift()
    if (failure) throw failure
    this.puts.push([offset, bytes.size])
    this.at = offset + bytes.size
    return { offset: this.at, state: this.at === this.size ? 'scanning' : 'open' }
  }
  look = () => Promise.resolve({ id: 'u1', offset: this.at, size: this.size, state: (this.at === this.size ? this.end : 'open') as 'open' | 'ready' })
}

describe('send', () => {
  it('sends pieces in order and waits until the content is accepted', async () => {
    const server = new Server()
    const seen: number[] = []
    expect(await send(file(10), server, (n) => seen.push(n), now)).toBe('u1')
    expect(server.puts).toEqual([[0, 4], [4, 4], [8, 2]])
    expect(seen).toEqual([4, 8, 10])
  })
  it('goes on where the server stands after a lost answer', async () => {
    const server = new Server()
    server.failures = [new ApiError({ status: 0, code: 'http.0' })]
    server.at = 4
    await send(file(10), server, () => undefined, now)
    expect(server.puts).toEqual([[4, 4], [8, 2]])
  })
  it('takes the offset that the server names', async () => {
    const server = new Server()
    server.failures = [new ApiError({ status: 409, code: 'attachment.offset', meta: { offset: 8 } })]
    await send(file(10), server, () => undefined, now)
    expect(server.puts).toEqual([[8, 2]])
  })
  it('does not repeat what the server refuses, and gives up in the end', async () => {
    const refused = new Server()
    refused.failures = [new ApiError({ status: 422, code: 'attachment.type_refused' })]
    await expect(send(file(10), refused, () => undefined, now)).rejects.toThrow('attachment.type_refused')
    const dead = new Server()
    dead.failures = Array.from({ length: 99 }, () => new ApiError({ status: 0, code: 'http.0' }))
    await expect(send(file(10), dead, () => undefined, now)).rejects.toThrow('http.0')
    expect(dead.failures.length).toBe(93)
  })
  it('reports content that was refused after it arrived', async () => {
    const server = new Server()
    server.end = 'refused'
    await expect(send(file(3), server, () => undefined, now)).rejects.toThrow('attachment.type_refused')
  })
})
