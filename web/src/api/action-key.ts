// Idempotency keys (one per thing a person does).

/** What a request of one action adds to its options; step tells several requests of one action apart. */
export type Act = (step?: number) => { headers: { 'Idempotency-Key': string } }

// Files are told apart by what they are called, how long they are and when they were changed: JSON says nothing of them.
const told = (_: string, x: unknown) => (x instanceof File ? [x.name, x.size, x.lastModified] : x)

/**
 * ActionKeys gives the same keys for the same input until the server has
 * definitely answered, so that a retry after a lost answer is not done twice;
 * another input, or the next action, gets new keys.
 */
export class ActionKeys {
  private input = ''
  private keys: string[] = []

  /** The keys for input: those of the unanswered attempt if it was the same. */
  act(input: unknown): Act {
    const text = JSON.stringify(input, told) ?? ''
    if (text !== this.input) this.keys = []
    this.input = text
    const keys = this.keys
    return (step = 0) => ({ headers: { 'Idempotency-Key': (keys[step] ??= crypto.randomUUID()) } })
  }

  /** The server answered: the next action is a new one. */
  settled() {
    this.input = ''
    this.keys = []
  }
}
