/** Which requests somebody may ask at all: of something that is there or may be made, by the function that decides when they are asked. */
import { projectNames } from './context.ts'
import { machine, mayDo, onProject } from './may-do.ts'
import type { Asked } from './request.ts'
import type { Caller, Right, Target } from './rights.ts'
import { told } from './told.ts'

/** Their names. */
export function requestsAllowed(asked: Asked, caller: Caller): string[] {
  const projects = [...projectNames(asked), ...namesMeant(caller)]
  const known = new Map<string, boolean>()
  const may = (needed: string): boolean => {
    const there = known.get(needed)
    if (there !== undefined) return there
    const [right, target] = needed.split(' on ') as [Right, Target]
    const is =
      target === 'machine' ? mayDo(caller, right, machine) : projects.some(one => mayDo(caller, right, onProject(one)))
    known.set(needed, is)
    return is
  }
  return told.filter(one => may(one.right)).map(({ name }) => name)
}

/** A name that each glob means: whoever may do something on it may, once there is one. */
function namesMeant({ held }: Caller): string[] {
  const globs = [...(held?.grants.map(({ on }) => on.glob) ?? []), ...(held?.token?.projects ?? ['*'])]
  return globs.map(glob => glob.replaceAll('*', 'x'))
}
