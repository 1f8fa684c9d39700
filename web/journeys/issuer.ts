// A provider of OpenID Connect such as a unit has of its own, on a port of this
// machine: discovery, published keys, the authorization code flow with PKCE, ID
// tokens signed with RS256, and its name in every answer (RFC 9207). It is strict
// where the standards are, so that a journey fails where a real one would refuse.
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Somebody whom the provider knows. */
export interface Known { sub: string; name: string; login: string }

interface Grant { redirect: string; challenge: string; nonce: string; who: Known; until: number }

const CODE_LASTS = 60_000
const TOKEN_LASTS = 300 // seconds

/** A running provider. */
export class Issuer {
  readonly client = 'hetu-oa'
  readonly secret = randomBytes(18).toString('base64url')
  readonly people: Known[] = []
  /** The one address that people are sent back to; nothing else is, not even with something added. */
  redirect = ''
  /** How many ID tokens were given out. */
  tokens = 0
  private readonly server: Server
  private readonly key = generateKeyPairSync('rsa', { modulusLength: 2048 })
  private readonly codes = new Map<string, Grant>()

  private constructor() {
    this.server = createServer((req, res) => {
      this.answer(req, res).catch((err: unknown) => { page(res, 500, String(err)) })
    })
  }

  static async start(): Promise<Issuer> {
    const i = new Issuer()
    await new Promise<void>((done) => i.server.listen(0, '127.0.0.1', done))
    return i
  }

  get url(): string { return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}` }

  async stop() {
    this.server.closeAllConnections()
    await new Promise((done) => this.server.close(done))
  }

  private async answer(req: IncomingMessage, res: ServerResponse) {
    const at = new URL(req.url ?? '/', this.url)
    switch (`${req.method ?? ''} ${at.pathname}`) {
      case 'GET /.well-known/openid-configuration': json(res, 200, this.described()); return
      case 'GET /keys': json(res, 200, { keys: [{ ...this.key.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] }); return
      case 'GET /authorize': this.authorize(at.searchParams, res); return
      case 'POST /token': this.exchange(req, new URLSearchParams(await body(req)), res); return
      default: res.writeHead(204).end()
    }
  }

  private described() {
    return {
      issuer: this.url, authorization_endpoint: `${this.url}/authorize`, token_endpoint: `${this.url}/token`, jwks_uri: `${this.url}/keys`,
      response_types_supported: ['code'], subject_types_supported: ['public'], id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'], token_endpoint_auth_methods_supported: ['client_secret_basic'],
      authorization_response_iss_parameter_supported: true,
    }
  }

  // Shows who may sign in here, and sends whoever has chosen back with a code.
  private authorize(q: URLSearchParams, res: ServerResponse) {
    const wrong = this.refuses(q)
    if (wrong) { page(res, 400, wrong); return }
    const as = q.get('as')
    if (!as) {
      const to = (who: string) => `<a href="?${new URLSearchParams([...q, ['as', who]]).toString().replaceAll('&', '&amp;')}">`
      page(res, 200, `<h1>省厅统一认证</h1><p>走查用的替身，不是真的认证系统。以谁登录？</p>${
        this.people.map((p) => `<p>${to(p.sub)}${p.name}</a> ${p.login}</p>`).join('')}<p>${to('-')}取消登录</a></p>`)
      return
    }
    const back = new URL(this.redirect)
    back.searchParams.set('state', q.get('state') ?? '')
    back.searchParams.set('iss', this.url)
    const who = this.people.find((p) => p.sub === as)
    if (who) {
      const code = randomBytes(24).toString('base64url')
      this.codes.set(code, {
        redirect: this.redirect, challenge: q.get('code_challenge') ?? '', nonce: q.get('nonce') ?? '', who, until: Date.now() + CODE_LASTS,
      })
      back.searchParams.set('code', code)
    } else back.searchParams.set('error', 'access_denied')
    res.writeHead(302, { Location: back.href }).end()
  }

  private refuses(q: URLSearchParams): string | undefined {
    if (q.get('client_id') !== this.client) return 'unknown client_id'
    if (q.get('redirect_uri') !== this.redirect) return 'redirect_uri is not registered'
    if (q.get('response_type') !== 'code' || !q.get('scope')?.split(' ').includes('openid')) return 'response_type or scope'
    if (q.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(q.get('code_challenge') ?? '')) return 'PKCE is asked for'
    if (!q.get('state') || !q.get('nonce')) return 'state and nonce are asked for'
    return undefined
  }

  private exchange(req: IncomingMessage, form: URLSearchParams, res: ServerResponse) {
    const basic = Buffer.from((req.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString().split(':').map(decodeURIComponent)
    if (basic[0] !== this.client || basic[1] !== this.secret) { json(res, 401, { error: 'invalid_client' }); return }
    const code = form.get('code') ?? ''
    const g = this.codes.get(code)
    this.codes.delete(code) // good once, whatever comes of it
    const challenge = createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url')
    if (form.get('grant_type') !== 'authorization_code' || !g || g.until < Date.now() || g.redirect !== form.get('redirect_uri') || g.challenge !== challenge) {
      json(res, 400, { error: 'invalid_grant' })
      return
    }
    json(res, 200, { access_token: randomBytes(24).toString('base64url'), token_type: 'Bearer', expires_in: TOKEN_LASTS, id_token: this.idToken(g) })
  }

  private idToken(g: Grant): string {
    this.tokens++
    const now = Math.floor(Date.now() / 1000)
    const part = (v: object) => Buffer.from(JSON.stringify(v)).toString('base64url')
    const text = `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1' })}.${part({
      iss: this.url, aud: this.client, sub: g.who.sub, nonce: g.nonce, iat: now, exp: now + TOKEN_LASTS, name: g.who.name, preferred_username: g.who.login,
    })}`
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), this.key.privateKey).toString('base64url')}`
  }
}

function json(res: ServerResponse, status: number, v: unknown) {
  res.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' }).end(JSON.stringify(v))
}

function page(res: ServerResponse, status: number, html: string) {
  res.writeHead(status, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' })
    .end(`<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>统一认证</title>${html}</html>`)
}

async function body(req: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}
