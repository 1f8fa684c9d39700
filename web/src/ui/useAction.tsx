import { useQueryClient } from '@tanstack/react-query'
import { App, Button, type FormInstance } from 'antd'
import { useRef, useState } from 'react'
import { type Act, ActionKeys } from '@/api/action-key'
import { ApiError, asProblem, fieldErrors, type Problem, problemText, signedOut, type Stale, staleOf } from '@/api/problem'
import { t, tOr } from '@/i18n'
import { dateTime } from './format'

interface Spec<I, R> {
  /** Sends it; every request takes act() so that a retry is the same request. */
  run: (input: I, act: Act) => Promise<R>
  /** What happened, in the user's words. */
  done?: (result: R, input: I) => string | undefined
  /** Takes it back; offered instead of asking first. */
  undo?: (result: R, input: I, act: Act) => Promise<unknown>
  /** Asks first, naming the thing; for what cannot be taken back. */
  confirm?: (input: I) => { title: string; content?: string; ok?: string; danger?: boolean }
  after?: (result: R, input: I) => void
  /** Field errors go here; focus goes to the first. */
  form?: FormInstance
  /** Called besides reloading everything when the update race was lost and what there is now is to be loaded. */
  onStale?: (stale: Stale) => void
}

export interface Action<I> {
  go: (input: I) => void
  busy: boolean
  /** How often a race was lost and what there is now loaded: a form that began with the old state is worth nothing then. */
  lost: number
}

/** One write, as a person sees it (UI2): at once visible, never twice, reported, undone or asked for. */
export function useAction<I, R>(spec: Spec<I, R>): Action<I> {
  const { modal } = App.useApp()
  const [lost, setLost] = useState(0)
  const { succeed, fail } = useReport(spec, () => { setLost((n) => n + 1) })
  const [busy, setBusy] = useState(false)
  const running = useRef(false)
  const keys = useRef(new ActionKeys())

  const send = async (input: I) => {
    if (running.current) return
    running.current = true
    setBusy(true)
    try {
      const result = await spec.run(input, keys.current.act(input))
      keys.current.settled()
      succeed(result, input)
    } catch (err) {
      if (err instanceof ApiError && !err.unsure) keys.current.settled()
      fail(err, () => void send(input))
    } finally {
      running.current = false
      setBusy(false)
    }
  }

  const go = (input: I) => {
    const ask = spec.confirm?.(input)
    if (!ask) { void send(input); return }
    modal.confirm({
      title: ask.title, content: ask.content, okText: ask.ok ?? t('app.ok'), cancelText: t('app.cancel'),
      okButtonProps: ask.danger ? { danger: true } : {}, onOk: () => send(input),
    })
  }
  return { go, busy, lost }
}

// Says how it went: what happened and how to undo it, or what stood in the way.
function useReport<I, R>(spec: Spec<I, R>, loaded: () => void) {
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const takeBack = async (result: R, input: I) => {
    try {
      await spec.undo?.(result, input, new ActionKeys().act(null))
      void message.success(t('app.undone'))
    } catch (err) {
      void message.error(problemText(asProblem(err)))
    }
    void queries.invalidateQueries()
  }
  const say = (type: 'success' | 'error', text: string, seconds: number, button?: { label: string; act: () => void }) => {
    const key = crypto.randomUUID()
    const press = () => {
      message.destroy(key)
      button?.act()
    }
    const content = button ? <>{text} <Button type="link" size="small" onClick={press}>{button.label}</Button></> : text
    void message.open({ key, type, duration: seconds, content })
  }
  const succeed = (result: R, input: I) => {
    spec.after?.(result, input)
    void queries.invalidateQueries()
    const text = spec.done?.(result, input)
    if (!text) return
    if (spec.undo) say('success', text, 8, { label: t('app.undo'), act: () => void takeBack(result, input) })
    else say('success', text, 3)
  }
  const fail = (err: unknown, again: () => void) => {
    const p = asProblem(err)
    const stale = staleOf(p)
    if (stale) {
      modal.confirm({ ...staleDialog(stale), onOk: () => {
        void queries.invalidateQueries()
        loaded()
        spec.onStale?.(stale)
      } })
    } else if (signedOut(p)) {
      return // the sign-in dialog is speaking
    } else if (spec.form && showOnForm(spec.form, p)) {
      return
    } else if (!(err instanceof ApiError) || err.unsure) {
      say('error', t('app.unsure'), 12, { label: t('app.retry'), act: again })
    } else {
      say('error', problemText(p), 5)
    }
  }
  return { succeed, fail }
}

/** Who changed what while one was typing. */
export function staleDialog(s: Stale) {
  const fields = s.changed.map((f) => tOr(`field.${f}`, f)).join('、')
  return {
    title: t('app.stale_title'),
    content: (
      <>
        <p>{t('app.stale_who', { who: s.changed_by || t('app.name'), at: dateTime(s.changed_at) })}</p>
        {fields && <p>{t('app.stale_what', { fields })}</p>}
      </>
    ),
    okText: t('app.reload'),
    cancelText: t('app.keep_mine'),
  }
}

/** Marks the fields the server named, if the form has any of them. A list of fields has no place for words of its own. */
export function showOnForm(form: FormInstance, p: Problem): boolean {
  const names = form.getFieldsError().map((f) => f.name.join('.'))
  const known = new Set(names.filter((n) => !names.some((other) => other.startsWith(`${n}.`))))
  const errors = fieldErrors(p)
    .map((e) => ({ name: e.field.split(/[.[\]]+/).filter(Boolean).map((x) => (/^\d+$/.test(x) ? Number(x) : x)), text: e.text }))
    .filter((e) => known.has(e.name.join('.')))
  const first = errors[0]
  if (!first) return false
  form.setFields(errors.map((e) => ({ name: e.name, errors: [e.text] })))
  form.scrollToField(first.name, { focus: true, block: 'center' })
  return true
}
