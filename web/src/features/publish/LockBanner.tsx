import { Alert, Button, Form, Input } from 'antd'
import { useState } from 'react'
import { t } from '@/i18n'
import { dateTime } from '@/ui/format'
import { FormDialog } from '@/ui/FormDialog'
import { useAction } from '@/ui/useAction'
import type { Lock } from './useLock'

/** Says who has the item open in another window, and lets one wait or take over. */
export function LockBanner({ lock }: { lock: Lock }) {
  const [form] = Form.useForm<{ word?: string }>()
  const [open, setOpen] = useState(false)
  const take = useAction({
    form,
    run: (v: { word?: string }) => lock.take(v.word ?? ''),
    done: () => t('lock.taken'),
    after: () => { setOpen(false) },
  })
  const { off, held } = lock
  if (!off || !held?.by) return null
  const who = { who: held.by.name, at: dateTime(held.since) }
  const word = held.taken?.word
  return (
    <>
      <Alert className="gap-below" type="warning" showIcon role="alert" title={held.taken ? t('lock.taken_by', who) : t('lock.elsewhere', who)}
        description={<>{word && <p className="lock-word">{t('lock.word_is', { word })}</p>}{t(held.taken ? 'lock.taken_hint' : 'lock.elsewhere_hint')}</>}
        action={<Button onClick={() => { setOpen(true) }}>{t(held.taken ? 'lock.take_back' : 'lock.take')}</Button>} />
      <FormDialog title={t('lock.take_title')} open={open} close={() => { setOpen(false) }} form={form} action={take} ok={t('lock.take')}>
        <p>{t('lock.take_hint', who)}</p>
        <Form.Item name="word" label={t('lock.word')}><Input maxLength={200} showCount placeholder={t('lock.word_ph')} /></Form.Item>
      </FormDialog>
    </>
  )
}
