/** Ends the supervisor of a root that has nothing left to supervise, and what it kept up for us. */

import { CorpusError } from '../../kernel/errors.ts'
import type { Place } from '../place.ts'
import { eventually } from '../waiting.ts'
import { supervisorPid } from './supervisor.ts'

/** On SIGHUP it sends SIGTERM to each runsv, which stops its service, and ends. True when there was one. */
export async function retireSupervisor(place: Place): Promise<boolean> {
  const pid = supervisorPid(place)
  if (pid === null) return false
  process.kill(pid, 'SIGHUP')
  await eventually(
    () => supervisorPid(place) === null,
    { limitSeconds: 10, pauseMilliseconds: 20 },
    () => new CorpusError('SUPERVISOR_FAILED', 'The supervisor does not end.'),
  )
  return true
}
