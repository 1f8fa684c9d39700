import {
  BoldOutlined, LinkOutlined, OrderedListOutlined, RedoOutlined, TableOutlined, UndoOutlined, UnorderedListOutlined,
} from '@ant-design/icons'
import { TableKit } from '@tiptap/extension-table'
import { type Editor as Tiptap, EditorContent, useEditor, useEditorState } from '@tiptap/react'
import { StarterKit } from '@tiptap/starter-kit'
import { Button, Divider, Dropdown, Form, Input, Modal, Tooltip } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { t } from '@/i18n'
import './editor.css'

const extensions = [
  StarterKit.configure({
    heading: { levels: [1, 2, 3] },
    link: { openOnClick: false, protocols: ['http', 'https', 'mailto'], defaultProtocol: 'https' },
    code: false, codeBlock: false,
  }),
  TableKit.configure({ table: { resizable: false } }),
]

/** Writes formatted text: headings, bold, lists, tables and links. html is only what it begins with. */
export function Editor({ html, changed, off = false }: { html: string; changed: (html: string) => void; off?: boolean }) {
  const editor = useEditor({
    extensions, content: html,
    editorProps: { attributes: { role: 'textbox', 'aria-multiline': 'true', 'aria-label': t('item.body'), class: 'rich' } },
    onUpdate: ({ editor: e }) => { changed(e.isEmpty ? '' : e.getHTML()) },
  })
  useEffect(() => { editor.setEditable(!off, false) }, [editor, off])
  return (
    <div className="editor">
      {!off && <Toolbar editor={editor} />}
      <EditorContent editor={editor} />
    </div>
  )
}

function Toolbar({ editor }: { editor: Tiptap }) {
  const [linking, setLinking] = useState(false)
  const on = useEditorState({
    editor,
    selector: ({ editor: e }) => ({
      bold: e.isActive('bold'), bullet: e.isActive('bulletList'), ordered: e.isActive('orderedList'), link: e.isActive('link'),
      table: e.isActive('table'), level: [1, 2, 3].find((level) => e.isActive('heading', { level })) ?? 0,
      undo: e.can().undo(), redo: e.can().redo(),
    }),
  })
  const run = () => editor.chain().focus()
  return (
    <div className="editor-bar" role="toolbar" aria-label={t('editor.toolbar')}>
      <Dropdown trigger={['click']} menu={{
        selectedKeys: [String(on.level)],
        items: ([0, 1, 2, 3] as const).map((n) => ({ key: String(n), label: t(`editor.level.${n}`) })),
        onClick: ({ key }) => {
          const level = Number(key)
          if (level === 1 || level === 2 || level === 3) run().setHeading({ level }).run()
          else run().setParagraph().run()
        },
      }}>
        <Button type="text" size="small">{t(`editor.level.${on.level as 0 | 1 | 2 | 3}`)} ▾</Button>
      </Dropdown>
      <Divider orientation="vertical" />
      <Tool label={t('editor.bold')} icon={<BoldOutlined />} on={on.bold} act={() => run().toggleBold().run()} />
      <Tool label={t('editor.bullet')} icon={<UnorderedListOutlined />} on={on.bullet} act={() => run().toggleBulletList().run()} />
      <Tool label={t('editor.ordered')} icon={<OrderedListOutlined />} on={on.ordered} act={() => run().toggleOrderedList().run()} />
      <Tool label={t('editor.link')} icon={<LinkOutlined />} on={on.link} act={() => { setLinking(true) }} />
      <TableMenu editor={editor} inside={on.table} />
      <Divider orientation="vertical" />
      <Tool label={t('editor.undo')} icon={<UndoOutlined />} off={!on.undo} act={() => run().undo().run()} />
      <Tool label={t('editor.redo')} icon={<RedoOutlined />} off={!on.redo} act={() => run().redo().run()} />
      {linking && <LinkDialog editor={editor} close={() => { setLinking(false) }} />}
    </div>
  )
}

function Tool({ label, icon, on, off, act }: { label: string; icon: ReactNode; on?: boolean; off?: boolean; act: () => unknown }) {
  return (
    <Tooltip title={label} mouseEnterDelay={0.6}>
      <Button type={on ? 'primary' : 'text'} size="small" icon={icon} aria-label={label} aria-pressed={on} disabled={off} onClick={() => { act() }} />
    </Tooltip>
  )
}

function TableMenu({ editor, inside }: { editor: Tiptap; inside: boolean }) {
  const run = () => editor.chain().focus()
  if (!inside) {
    return <Tool label={t('editor.table')} icon={<TableOutlined />} act={() => run().insertTable({ rows: 3, cols: 3, withHeaderRow: true }).run()} />
  }
  return (
    <Dropdown trigger={['click']} menu={{ items: [
      { key: 'row', label: t('editor.table_row'), onClick: () => run().addRowAfter().run() },
      { key: 'col', label: t('editor.table_col'), onClick: () => run().addColumnAfter().run() },
      { key: 'drow', label: t('editor.table_row_delete'), onClick: () => run().deleteRow().run() },
      { key: 'dcol', label: t('editor.table_col_delete'), onClick: () => run().deleteColumn().run() },
      { key: 'merge', label: t('editor.table_merge'), onClick: () => run().mergeOrSplit().run() },
      { key: 'delete', label: t('editor.table_delete'), danger: true, onClick: () => run().deleteTable().run() },
    ] }}>
      <Button type="primary" size="small" icon={<TableOutlined />} aria-label={t('editor.table_edit')} />
    </Dropdown>
  )
}

function LinkDialog({ editor, close }: { editor: Tiptap; close: () => void }) {
  const [form] = Form.useForm<{ href: string }>()
  const set = (v: { href?: string }) => {
    const chain = editor.chain().focus().extendMarkRange('link')
    if (!v.href) chain.unsetLink().run()
    else if (editor.state.selection.empty && !editor.isActive('link')) chain.insertContent({ type: 'text', text: v.href, marks: [{ type: 'link', attrs: { href: v.href } }] }).run()
    else chain.setLink({ href: v.href }).run()
    close()
  }
  return (
    <Modal open title={t('editor.link')} onCancel={close} okText={t('app.ok')} cancelText={t('app.cancel')} onOk={() => { form.submit() }}>
      <Form form={form} layout="vertical" onFinish={set} initialValues={{ href: String(editor.getAttributes('link').href ?? '') }}>
        <Form.Item name="href" label={t('editor.link_address')} extra={t('editor.link_hint')} rules={[{ pattern: /^(https?:\/\/|mailto:|\/)/, message: t('editor.link_wrong') }]}>
          <Input autoFocus placeholder="https://" />
        </Form.Item>
      </Form>
    </Modal>
  )
}
