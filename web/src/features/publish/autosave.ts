// Drafts save themselves (UI3).

export type SaveState = 'saved' | 'dirty' | 'saving' | 'failed'

/**
 * Autosaver sends the latest value some time after it first changed, one
 * request at a time. After a failure it waits for the next change or flush.
 */
export class Autosaver<T> {
  private pending: { value: T } | undefined
  private timer: ReturnType<typeof setTimeout> | undefined
  private running: Promise<void> | undefined
  private readonly save: (value: T) => Promise<void>
  private readonly tell: (state: SaveState) => void
  private readonly delay: number

  constructor(save: (value: T) => Promise<void>, tell: (state: SaveState) => void, delay = 2000) {
    this.save = save
    this.tell = tell
    this.delay = delay
  }

  /** Takes note of a new value. */
  change(value: T) {
    this.pending = { value }
    this.tell('dirty')
    this.timer ??= setTimeout(() => { void this.flush().catch(() => undefined) }, this.delay)
  }

  /** Sends what is not yet saved, now; rejects with the error if that fails. */
  async flush(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    while (this.running ?? this.pending) await (this.running ?? this.start())
  }

  /** Whether something typed has not reached the server. */
  get unsaved() { return this.pending !== undefined || this.running !== undefined }

  private start(): Promise<void> {
    const next = this.pending
    if (!next) return Promise.resolve()
    this.pending = undefined
    this.tell('saving')
    this.running = this.save(next.value).then(
      () => {
        this.running = undefined
        this.tell(this.pending ? 'dirty' : 'saved')
      },
      (err: unknown) => {
        this.running = undefined
        this.pending ??= next // a newer value replaces the failed one
        this.tell('failed')
        throw err
      },
    )
    return this.running
  }
}
