// Unit tests speak Chinese.
import { speak } from './index'
import zh from './zh-CN.json'

speak('zh-CN', zh)
