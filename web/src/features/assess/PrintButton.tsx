import { PrinterOutlined } from '@ant-design/icons'
import { Button } from 'antd'
import { t } from '@/i18n'

/** Prints the page as its print style has it. */
export function PrintButton() {
  return <Button icon={<PrinterOutlined />} onClick={() => { window.print() }}>{t('app.print')}</Button>
}
