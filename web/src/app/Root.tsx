import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { App, ConfigProvider } from 'antd'
import type { Locale as AntLocale } from 'antd/es/locale'
import zhCN from 'antd/es/locale/zh_CN'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { currentLocale, onLocale } from '@/i18n'
import { queries } from './queries'
import { router } from './router'
import { theme } from './theme'

/** Everything that all three doors share. */
export function Root() {
  const locale = useSyncExternalStore(onLocale, currentLocale)
  const [english, setEnglish] = useState<AntLocale>()
  useEffect(() => {
    if (locale === 'en') void import('antd/es/locale/en_US').then((m) => { setEnglish(m.default) })
  }, [locale])
  return (
    <ConfigProvider theme={theme} locale={locale === 'en' && english ? english : zhCN} button={{ autoInsertSpace: false }}>
      <App message={{ maxCount: 3 }}>
        <QueryClientProvider client={queries}>
          <RouterProvider key={locale} router={router} />
        </QueryClientProvider>
      </App>
    </ConfigProvider>
  )
}
