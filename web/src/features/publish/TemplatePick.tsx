import { useQuery } from '@tanstack/react-query'
import { Form, Select } from 'antd'
import { client, ok } from '@/api/client'
import type { Template } from '@/api/types'
import { t } from '@/i18n'

interface Props { column: string | undefined; picked: (template: Template | undefined) => void }

/** Begins an item with what the Office wrote down for its column; nothing is shown where there is nothing. */
export default function TemplatePick({ column, picked }: Props) {
  const templates = useQuery({
    queryKey: ['templates', column], enabled: column !== undefined,
    queryFn: ({ signal }) => ok(client.GET('/publish/templates', { signal, params: { query: { column: column ?? '' } } })),
  })
  const items = templates.data?.items ?? []
  if (items.length === 0) return null
  return (
    <Form.Item name="template_id" label={t('template.pick')} extra={t('template.pick_hint')}>
      <Select allowClear showSearch={{ optionFilterProp: 'label' }} placeholder={t('template.none')} options={items.map((x) => ({ value: x.id, label: `${x.name} · ${t(`item.kind.${x.kind}`)}` }))}
        onChange={(id: string | undefined) => { picked(items.find((x) => x.id === id)) }} />
    </Form.Item>
  )
}
