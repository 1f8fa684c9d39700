import { Descriptions, Modal } from 'antd'
import { t } from '@/i18n'

const KEYS = [
  ['/', 'keys.search'], ['?', 'keys.help'], ['j', 'keys.down'], ['k', 'keys.up'], ['Enter', 'keys.open'],
  ['a', 'keys.approve'], ['r', 'keys.return'],
] as const

/** The list of keys, on `?` (UI5). */
export default function KeyboardHelp({ close }: { close: () => void }) {
  return (
    <Modal open title={t('keys.title')} footer={null} onCancel={close}>
      <Descriptions column={1} size="small" items={KEYS.map(([key, text]) => ({ key, label: <kbd>{key}</kbd>, children: t(text) }))} />
    </Modal>
  )
}
