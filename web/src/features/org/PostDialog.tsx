import { Alert, Checkbox, Form, Input } from 'antd'
import { client, ok } from '@/api/client'
import type { Member, Post, PostEdit } from '@/api/types'
import { t } from '@/i18n'
import { FormDialog } from '@/ui/FormDialog'
import { useDepartments } from '@/ui/pickers'
import { useAction } from '@/ui/useAction'

type Values = Omit<PostEdit, 'version'>

/** Changes a post: its title, whether it is the main one, and who leads the department. */
export function PostDialog({ member, post, open, close }: { member: Member; post: Post; open: boolean; close: () => void }) {
  const [form] = Form.useForm<Values>()
  const head = Form.useWatch('head', form)
  const departments = useDepartments()
  const now = departments.data?.items.find((d) => d.id === post.department_id)
  const save = useAction({
    form,
    run: (v: Values, act) => ok(client.PATCH('/org/posts/{id}', { ...act(), params: { path: { id: post.id } }, body: {
      title: v.title || '', main: Boolean(v.main), head: Boolean(v.head), version: post.version,
    } })),
    done: () => t('member.post_saved'),
    after: close,
  })
  const follows = head && !post.head && now?.head_id && now.head_id !== member.id ? now.head_name : undefined
  return (
    <FormDialog title={t('member.post_edit', { department: post.department_name })} open={open} close={close} form={form} action={save}
      initial={{ title: post.title, main: post.main, head: post.head }}>
      <Form.Item name="title" label={t('member.title')}><Input maxLength={50} placeholder={t('member.title_ph')} /></Form.Item>
      <Form.Item name="main" valuePropName="checked" extra={post.main ? t('member.main_hint') : undefined}>
        <Checkbox disabled={post.main}>{t('member.is_main')}</Checkbox>
      </Form.Item>
      <Form.Item name="head" valuePropName="checked"><Checkbox>{t('member.is_head')}</Checkbox></Form.Item>
      {follows && <Alert type="warning" showIcon title={t('member.head_follows', { before: follows, name: member.name })} />}
    </FormDialog>
  )
}
