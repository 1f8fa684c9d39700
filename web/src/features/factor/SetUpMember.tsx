import { leave } from '@/app/session'
import { memberHouse } from './house'
import SetUp from './SetUp'

/** SetUp at the members' door. */
export default function SetUpMember({ name, done }: { name: string; done: () => void }) {
  return <SetUp house={memberHouse} name={name} done={done} leave={() => void leave()} />
}
