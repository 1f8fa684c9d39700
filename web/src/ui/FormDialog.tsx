import { Form, type FormInstance, Modal } from 'antd'
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from 'react'
import { t } from '@/i18n'
import type { Action } from './useAction'

interface Props<V extends object> {
  title: string
  open: boolean
  close: () => void
  form: FormInstance<V>
  action: Action<V>
  /** What the fields begin with each time the dialog opens. */
  initial?: Partial<V>
  ok?: string
  danger?: boolean
  width?: number
  children: ReactNode
}

/** A form in a dialog. It stays open with everything typed until the server has said yes, or what there is now is wanted instead. */
export function FormDialog<V extends object>(p: Props<V>) {
  const { form, open, close, action: { lost } } = p
  const id = useId()
  const known = useRef(lost)
  useEffect(() => {
    if (known.current === lost) return
    known.current = lost
    close()
  }, [lost, close])
  const first = () => {
    const fields = document.getElementById(id)
    if (fields && !fields.contains(document.activeElement)) fields.querySelector<HTMLElement>('input, textarea')?.focus({ preventScroll: true })
  }
  return (
    <Modal title={p.title} open={open} onCancel={p.close} afterOpenChange={(shown) => { if (shown) first() }} destroyOnHidden forceRender={false} width={p.width ?? 520}
      okText={p.ok ?? t('app.save')} cancelText={t('app.cancel')} confirmLoading={p.action.busy} mask={{ closable: false }}
      okButtonProps={{ htmlType: 'submit', form: id, ...(p.danger ? { danger: true } : {}) }}>
      <Form<V> id={id} name={id} form={form} layout="vertical" initialValues={p.initial} requiredMark
        scrollToFirstError={{ focus: true }} onFinish={(v) => { p.action.go(v) }}>
        {p.children}
        <Shown open={open} form={form} then={first} />
      </Form>
    </Modal>
  )
}

// Calls then as soon as the dialog stands in the page, and not when its animation has ended: what is typed meanwhile
// must not land in the page behind. The dialog first notes where focus has to return to.
function Shown<V extends object>({ open, form, then }: { open: boolean; form: FormInstance<V>; then: () => void }) {
  const call = useRef(then)
  // From inside the form, which by then knows what it begins with this time; before focus is given to a field.
  useLayoutEffect(() => { if (open) form.resetFields() }, [open, form])
  useEffect(() => { queueMicrotask(() => { call.current() }) }, [])
  return null
}

/** A rule for a field that must be filled in, naming the field. */
export const required = (name: string) => ({ required: true, whitespace: true, message: t('app.required', { name }) })
/** The same for fields that are chosen rather than typed. */
export const chosen = (name: string) => ({ required: true, message: t('app.required', { name }) })
