// Talks to the authenticators of the browser. Bytes travel as base64url in JSON; browsers that cannot
// read and write that themselves are helped here.

type Json = Record<string, unknown>

export const supported = () => typeof window.PublicKeyCredential === 'function'

/** Whether passkeys that are bound to a name can be used at the address the page has. */
export function fits(site: string): boolean {
  const host = window.location.hostname
  return supported() && (host === site || host.endsWith(`.${site}`))
}

function bytes(text: unknown): ArrayBuffer {
  const plain = atob(String(text).replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (c) => c.charCodeAt(0)).buffer
}

export function text(buffer: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

const ids = (list: unknown) => (Array.isArray(list) ? list as Json[] : []).map((c) => ({ ...c, id: bytes(c.id) }) as PublicKeyCredentialDescriptor)

/** Has an authenticator sign the challenge in options; the answer is JSON for the server. */
export async function sign(options: Json): Promise<string> {
  const made = await navigator.credentials.get({
    publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: ids(options.allowCredentials) },
  }) as PublicKeyCredential
  const r = made.response as AuthenticatorAssertionResponse
  return JSON.stringify({
    ...common(made),
    response: {
      authenticatorData: text(r.authenticatorData), clientDataJSON: text(r.clientDataJSON), signature: text(r.signature),
      ...(r.userHandle ? { userHandle: text(r.userHandle) } : {}),
    },
  })
}

/** Has an authenticator make a new key pair as options say; the answer is JSON for the server. */
export async function create(options: Json): Promise<string> {
  const user = options.user as Json
  const made = await navigator.credentials.create({
    publicKey: { ...options, challenge: bytes(options.challenge), excludeCredentials: ids(options.excludeCredentials), user: { ...user, id: bytes(user.id) } } as PublicKeyCredentialCreationOptions,
  }) as PublicKeyCredential
  const r = made.response as AuthenticatorAttestationResponse
  return JSON.stringify({
    ...common(made),
    response: { attestationObject: text(r.attestationObject), clientDataJSON: text(r.clientDataJSON), transports: r.getTransports() },
  })
}

function common(c: PublicKeyCredential): Json {
  return { id: c.id, rawId: text(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(), authenticatorAttachment: c.authenticatorAttachment }
}
