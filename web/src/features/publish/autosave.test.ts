import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Autosaver } from './autosave'

beforeEach(() => { vi.useFakeTimers() })
afterEach(() => { vi.useRealTimers() })

describe('Autosaver (UI3)', () => {
  it('saves the latest value two seconds after the first change', async () => {
    const save = vi.fn<(text: string) => Promise<void>>(() => Promise.resolve())
    const saver = new Autosaver(save, () => undefined)
    saver.change('一')
    await vi.advanceTimersByTimeAsync(1500)
    saver.change('一二')
    expect(save).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(500)
    expect(save.mock.calls).toEqual([['一二']])
  })
  it('never has two saves on the way, and sends what came meanwhile', async () => {
    const ends: (() => void)[] = []
    const save = vi.fn<(text: string) => Promise<void>>(() => new Promise((done) => { ends.push(done) }))
    const saver = new Autosaver(save, () => undefined)
    saver.change('一')
    const flushed = saver.flush()
    saver.change('一二')
    await vi.advanceTimersByTimeAsync(5000)
    expect(save).toHaveBeenCalledTimes(1)
    ends[0]?.()
    await vi.advanceTimersByTimeAsync(0)
    ends[1]?.()
    await flushed
    expect(save.mock.calls).toEqual([['一'], ['一二']])
  })
  it('keeps what failed and sends it with the next flush', async () => {
    const save = vi.fn<(text: string) => Promise<void>>(() => Promise.resolve()).mockRejectedValueOnce(new Error('off'))
    const states: string[] = []
    const saver = new Autosaver(save, (s) => states.push(s))
    saver.change('一')
    await expect(saver.flush()).rejects.toThrow('off')
    expect([saver.unsaved, states.at(-1)]).toEqual([true, 'failed'])
    await saver.flush()
    expect([saver.unsaved, states.at(-1), save.mock.calls]).toEqual([false, 'saved', [['一'], ['一']]])
  })
})
