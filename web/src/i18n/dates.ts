// The days and months of date pickers, which have words of their own.
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import type { Locale } from './index'

/** Lets date pickers speak a locale. */
export function speakDates(locale: Locale) { dayjs.locale(locale === 'en' ? 'en' : 'zh-cn') }
