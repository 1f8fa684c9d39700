import type { Problem } from '@/api/problem'
import type { Proof } from '@/api/types'

/** What the server wants to see after the password. */
export interface Asked { ticket: string; ways: Proof['way'][]; passkey?: Record<string, unknown> }

/** What a refused sign-in asks for besides, if that is why it was refused. */
export function askedOf(p: Problem): Asked | undefined {
  const { ticket, ways, passkey } = p.meta ?? {}
  if (p.code !== 'org.second_wanted' || typeof ticket !== 'string' || !Array.isArray(ways)) return undefined
  return { ticket, ways: ways as Proof['way'][], ...(typeof passkey === 'object' && passkey ? { passkey: passkey as Record<string, unknown> } : {}) }
}
