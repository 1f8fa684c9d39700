import { Descriptions, Modal } from 'antd'
import { t } from '@/i18n'
import { keysHere } from '@/ui/useKeys'
import '@/help/help.css'

/** The list of the keys that do something on the page as it stands, on `?` (UI5). */
export default function KeyboardHelp({ close }: { close: () => void }) {
  const items = keysHere().map(([key, text]) => ({ key, label: <kbd>{key}</kbd>, children: t(text) }))
  return (
    <Modal open title={t('keys.title')} footer={null} onCancel={close} className="keys">
      <Descriptions column={1} size="small" items={[...items, { key: 'Esc', label: <kbd>Esc</kbd>, children: t('keys.close') }]} />
    </Modal>
  )
}
