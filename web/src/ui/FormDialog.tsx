import { Form, type FormInstance, Modal } from 'antd'
import { type ReactNode, useEffect, useId } from 'react'
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

/** A form in a dialog. It stays open with everything typed until the server has said yes. */
export function FormDialog<V extends object>(p: Props<V>) {
  const { form, open } = p
  const id = useId()
  const focus = (shown: boolean) => { if (shown) document.getElementById(id)?.querySelector<HTMLElement>('input, textarea')?.focus() }
  useEffect(() => { if (open) form.resetFields() }, [open, form])
  return (
    <Modal title={p.title} open={open} onCancel={p.close} afterOpenChange={focus} destroyOnHidden forceRender={false} width={p.width ?? 520}
      okText={p.ok ?? t('app.save')} cancelText={t('app.cancel')} confirmLoading={p.action.busy} mask={{ closable: false }}
      okButtonProps={{ htmlType: 'submit', form: id, ...(p.danger ? { danger: true } : {}) }}>
      <Form<V> id={id} name={id} form={form} layout="vertical" initialValues={p.initial} requiredMark
        scrollToFirstError={{ focus: true }} onFinish={(v) => { p.action.go(v) }}>
        {p.children}
      </Form>
    </Modal>
  )
}

/** A rule for a field that must be filled in, naming the field. */
export const required = (name: string) => ({ required: true, whitespace: true, message: t('app.required', { name }) })
/** The same for fields that are chosen rather than typed. */
export const chosen = (name: string) => ({ required: true, message: t('app.required', { name }) })
