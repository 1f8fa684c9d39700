import { ClockCircleOutlined } from '@ant-design/icons'
import { Tag } from 'antd'
import type { Task } from '@/api/types'
import { dateTime, timeLeft } from '@/ui/format'

type Timed = Pick<Task, 'due_at' | 'overdue' | 'minutes_left'>

/** How much working time is left until the deadline; the deadline itself on hover. */
export function Due({ task }: { task: Timed }) {
  const text = timeLeft(task.minutes_left)
  if (!text) return <>{dateTime(task.due_at)}</>
  const soon = !task.overdue && (task.minutes_left ?? 0) <= 120
  return <Tag icon={<ClockCircleOutlined />} color={task.overdue ? 'error' : soon ? 'warning' : 'default'} title={dateTime(task.due_at)}>{text}</Tag>
}
