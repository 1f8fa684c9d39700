import { useNavigate } from '@tanstack/react-router'
import { Alert, Checkbox, Form, Modal } from 'antd'
import { client, ok } from '@/api/client'
import { ApiError } from '@/api/problem'
import type { Item } from '@/api/types'
import { t } from '@/i18n'
import { WithTerm } from '@/ui/HelpLink'
import { Loaded } from '@/ui/Loaded'
import { useAction } from '@/ui/useAction'
import { useWords, WordList } from './ItemWords'

interface Declared { online_ok: boolean; words_ok?: boolean }

const must = (text: string) => [{ validator: (_: unknown, v: unknown) => (v ? Promise.resolve() : Promise.reject(new Error(text))) }]

/** Declares the item suitable for being online (R016), confirms the words that warn (R031) and sends it into review. */
export function SubmitDialog({ item, open, close, before, version }: {
  item: Item; open: boolean; close: () => void; before: () => Promise<void>; version: () => number
}) {
  const [form] = Form.useForm<Declared>()
  const navigate = useNavigate()
  const words = useWords(item.id, open, before)
  const found = words.data
  const submit = useAction({
    form,
    run: async (v: Declared, act) => {
      await before()
      try {
        return await ok(client.POST('/publish/items/{id}/submit', {
          ...act(), params: { path: { id: item.id } }, body: { online_ok: v.online_ok, version: version(), ...(v.words_ok && found ? { words_version: found.version } : {}) },
        }))
      } catch (err) {
        if (err instanceof ApiError && err.code.startsWith('wordcheck.')) { // the dictionary has changed meanwhile
          form.resetFields(['words_ok'])
          void words.refetch()
        }
        throw err
      }
    },
    done: () => t('item.submitted'),
    after: () => {
      close()
      void navigate({ to: '/publish/items/$id', params: { id: item.id }, replace: true })
    },
  })
  return (
    <Modal open={open} title={t('item.submit_title')} onCancel={close} okText={t('item.submit')} cancelText={t('app.cancel')} confirmLoading={submit.busy}
      okButtonProps={{ disabled: !found || found.blocks > 0 }} onOk={() => { form.submit() }} destroyOnHidden>
      <Alert type="warning" showIcon title={<WithTerm of="online" about={t('item.submit_title')}>{t('item.online_warning')}</WithTerm>} className="gap-below" />
      <Loaded query={words}>
        {(w) => (
          <Form form={form} component="div" onFinish={submit.go} initialValues={{ online_ok: false, words_ok: false }}>
            {w.texts.length > 0 && <WordList words={w} />}
            {w.blocks > 0 && <p className="red">{t('words.blocked')}</p>}
            {w.blocks === 0 && w.warns > 0 && (
              <Form.Item name="words_ok" valuePropName="checked" rules={must(t('words.must_confirm'))}><Checkbox>{t('words.confirm', { n: w.warns })}</Checkbox></Form.Item>
            )}
            <Form.Item name="online_ok" valuePropName="checked" rules={must(t('item.online_required'))}><Checkbox>{t('item.online_ok')}</Checkbox></Form.Item>
          </Form>
        )}
      </Loaded>
    </Modal>
  )
}
