import { Checkbox, Form } from 'antd'
import { t } from '@/i18n'

/** What whoever chooses their first password has to have read (R244, R350). */
export function Agree() {
  return (
    <>
      <div className="quiet agree" tabIndex={0} role="region" aria-label={t('org.rules')}>
        <ol style={{ paddingInlineStart: 20 }}>
          {(['own', 'lend', 'law', 'secret', 'theft'] as const).map((rule) => <li key={rule}>{t(`org.rules.${rule}`)}</li>)}
        </ol>
      </div>
      <Form.Item name="agreed" valuePropName="checked"
        rules={[{ validator: (_, v) => (v ? Promise.resolve() : Promise.reject(new Error(t('error.org.rules_unread')))) }]}>
        <Checkbox>{t('org.rules_agree')}</Checkbox>
      </Form.Item>
    </>
  )
}
