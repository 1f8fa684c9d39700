import { EditOutlined, PlusOutlined } from '@ant-design/icons'
import { App, Button, Checkbox, Drawer, Form, Input, Radio, Tag } from 'antd'
import { useState } from 'react'
import { client, ok } from '@/api/client'
import type { MadeReset, Member, Post, PostDraft } from '@/api/types'
import { t } from '@/i18n'
import { HandOver, type HandAct } from '@/features/staff/HandOver'
import { DayInput } from '@/ui/DayInput'
import { chosen, FormDialog, required } from '@/ui/FormDialog'
import { OneTimeSecret } from '@/ui/OneTimeSecret'
import { DepartmentSelect } from '@/ui/pickers'
import { type Reason, ReasonDialog } from '@/ui/ReasonDialog'
import { useAction } from '@/ui/useAction'
import { PostDialog } from './PostDialog'

interface Said { name: string; until?: string }

interface Asking { how: 'person' | 'phone' | 'written'; note: string }

/** One person: name, posts, lock, new password, moving and leaving. */
export function MemberDrawer({ member, close }: { member: Member; close: () => void }) {
  return (
    <Drawer open size={440} onClose={close} title={<>{member.name} <Tag>{t(`member.state.${member.state}`)}</Tag></>}>
      <div className="stack-wide">
        <Name member={member} />
        <Posts member={member} />
        <Account member={member} />
      </div>
    </Drawer>
  )
}

function Name({ member }: { member: Member }) {
  const [form] = Form.useForm<Said>()
  const rename = useAction({
    form,
    run: (v: Said, act) => ok(client.PATCH('/org/members/{id}', { ...act(), params: { path: { id: member.id } }, body: { name: v.name, version: member.version, ...(member.kind === 'external' ? { until: v.until ?? '' } : {}) } })),
    done: () => t('app.saved'),
  })
  return (
    <Form form={form} key={member.version} layout="vertical" initialValues={{ name: member.name, until: member.until ?? undefined }} onFinish={rename.go}>
      <Form.Item name="name" label={t('org.name')}>
        <Input.Search maxLength={50} enterButton={t('app.save')} loading={rename.busy} onSearch={() => { form.submit() }} />
      </Form.Item>
      {member.kind === 'external' && <Form.Item name="until" label={t('staff.until')} extra={t('staff.until_hint')}><DayInput /></Form.Item>}
      <div className="quiet">{t('org.login_is')}<span className="mono">{member.login}</span></div>
    </Form>
  )
}

function Posts({ member }: { member: Member }) {
  const [form] = Form.useForm<PostDraft>()
  const [open, setOpen] = useState(false)
  const [edited, setEdited] = useState<Post>()
  const [editing, setEditing] = useState(false)
  const path = { path: { id: member.id } }
  const add = useAction({
    form,
    run: (v: PostDraft, act) => ok(client.POST('/org/members/{id}/posts', { ...act(), params: path, body: { ...v, title: v.title || '', main: Boolean(v.main), head: Boolean(v.head) } })),
    done: () => t('member.post_added'),
    after: () => { setOpen(false) },
  })
  const remove = useAction({
    run: (p: Post, act) => ok(client.DELETE('/org/posts/{id}', { ...act(), params: { path: { id: p.id } } })),
    done: () => t('member.post_removed'),
    undo: (_, p, act) => ok(client.POST('/org/members/{id}/posts', { ...act(), params: path, body: { department_id: p.department_id, title: p.title, main: p.main, head: p.head } })),
  })
  return (
    <section>
      <div className="panel-head"><h2>{t('member.posts')}</h2><Button size="small" icon={<PlusOutlined />} onClick={() => { setOpen(true) }}>{t('member.post_new')}</Button></div>
      <ul className="lines">
        {member.posts.map((p) => (
          <li key={p.id}>
            <span className="grow">{p.department_name} {p.title} {p.main && <Tag>{t('member.main')}</Tag>}{p.head && <Tag color="processing">{t('dept.head')}</Tag>}</span>
            <span>
              <Button size="small" type="text" icon={<EditOutlined />} onClick={() => { setEdited(p); setEditing(true) }}>{t('app.edit')}</Button>
              <Button size="small" type="text" danger loading={remove.busy} onClick={() => { remove.go(p) }}>{t('member.post_remove')}</Button>
            </span>
          </li>
        ))}
      </ul>
      {edited && <PostDialog member={member} post={edited} open={editing} close={() => { setEditing(false) }} />}
      <FormDialog title={t('member.post_new')} open={open} close={() => { setOpen(false) }} form={form} action={add}>
        <Form.Item name="department_id" label={t('member.department')} rules={[chosen(t('member.department'))]}><DepartmentSelect /></Form.Item>
        <Form.Item name="title" label={t('member.title')}><Input maxLength={50} /></Form.Item>
        <Form.Item name="main" valuePropName="checked"><Checkbox>{t('member.is_main')}</Checkbox></Form.Item>
        <Form.Item name="head" valuePropName="checked"><Checkbox>{t('member.is_head')}</Checkbox></Form.Item>
      </FormDialog>
    </section>
  )
}

function Account({ member }: { member: Member }) {
  const [form] = Form.useForm<Reason>()
  const [asking, setAsking] = useState<'lock' | 'reset'>()
  const [act, setAct] = useState<HandAct>()
  const [link, setLink] = useState<string>()
  const params = { path: { id: member.id } }
  const unlock = (act: Parameters<Parameters<typeof useAction>[0]['run']>[1]) => ok(client.POST('/org/members/{id}/unlock', { ...act(), params }))
  const lock = useAction({
    form,
    run: (v: Reason, act) => ok(client.POST('/org/members/{id}/lock', { ...act(), params, body: v })),
    done: () => t('member.locked', { name: member.name }),
    undo: (_, __, act) => unlock(act),
    after: () => { setAsking(undefined) },
  })
  const open = useAction({ run: (_: null, act) => unlock(act), done: () => t('member.unlocked', { name: member.name }) })
  const invite = useAction({
    run: (_: null, act) => ok(client.POST('/org/members/{id}/link', { ...act(), params })),
    after: (r) => { setLink(`${window.location.origin}/join#${r.token}`) },
  })
  if (member.state === 'left') {
    return (
      <section>
        <Button onClick={() => { setAct('handover') }}>{t('staff.ok.handover')}</Button>
        {act && <HandOver member={member} act={act} close={() => { setAct(undefined) }} />}
      </section>
    )
  }
  return (
    <section>
      <h2 className="section">{t('member.account')}</h2>
      <div className="row">
        {member.state === 'locked'
          ? <Button loading={open.busy} onClick={() => { open.go(null) }}>{t('member.unlock')}</Button>
          : <Button onClick={() => { setAsking('lock') }}>{t('member.lock')}</Button>}
        <Button onClick={() => { setAsking('reset') }}>{t('member.reset')}</Button>
        <Button loading={invite.busy} onClick={() => { invite.go(null) }}>{t('member.link')}</Button>
        </div>
      <h2 className="section" style={{ marginBlockStart: 16 }}>{t('staff.changes')}</h2>
      <div className="row">
        <Button onClick={() => { setAct('transfer') }}>{t('staff.ok.transfer')}</Button>
        <Button onClick={() => { setAct('handover') }}>{t('staff.ok.handover')}</Button>
        <Button danger onClick={() => { setAct('leave') }}>{t('member.leave')}</Button>
      </div>
      <ReasonDialog title={t('member.lock_ask', { name: member.name })} open={asking === 'lock'} close={() => { setAsking(undefined) }} form={form} action={lock} />
      <ResetDialog member={member} open={asking === 'reset'} close={() => { setAsking(undefined) }} made={setLink} />
      {act && <HandOver member={member} act={act} close={() => { setAct(undefined) }} />}
      <OneTimeSecret title={t('member.link_once')} hint={t('member.link_once_hint')} secret={link} close={() => { setLink(undefined) }} />
    </section>
  )
}

// Another password upon the person's own request, which is put on record with how they asked (R251).
function ResetDialog({ member, open, close, made }: { member: Member; open: boolean; close: () => void; made: (link: string) => void }) {
  const { modal } = App.useApp()
  const [form] = Form.useForm<Asking>()
  const reset = useAction({
    form,
    run: (v: Asking, key) => ok(client.POST('/org/members/{id}/reset', { ...key(), params: { path: { id: member.id } }, body: v })),
    after: (r: MadeReset) => {
      close()
      if (r.consent) {
        modal.info({ title: t('consent.sought', r.consent), content: <>{t('consent.sought_text')}{r.consent.closed > 0 && <p>{t('consent.closed', r.consent)}</p>}</> })
        return
      }
      made(`${window.location.origin}/reset#${r.token}`)
    },
  })
  return (
    <FormDialog title={t('member.reset_ask', { name: member.name })} open={open} close={close} form={form} action={reset} ok={t('member.reset')} initial={{ how: 'person' }}>
      <p className="quiet">{t('member.reset_hint')}</p>
      <Form.Item name="how" label={t('account.how')}><Radio.Group options={(['person', 'phone', 'written'] as const).map((value) => ({ value, label: t(`account.how.${value}`) }))} /></Form.Item>
      <Form.Item name="note" label={t('account.note')} rules={[required(t('account.note'))]}><Input maxLength={200} placeholder={t('account.note_ph')} /></Form.Item>
    </FormDialog>
  )
}
