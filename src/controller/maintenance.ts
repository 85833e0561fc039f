/** The maintenance page, and the host names of a project. */

import { isInMaintenance, setMaintenance } from '../ingress/maintenance.ts'
import { ingressPlace } from '../ingress/place.ts'
import { CorpusError } from '../kernel/errors.ts'
import { shown } from '../kernel/names.ts'
import { getConfiguration, setConfiguration } from './config.ts'
import { type Changing, type Context, openProject } from './context.ts'

export async function maintenance(context: Context, name: string, on: boolean | undefined): Promise<boolean> {
  const layout = await openProject(context, name)
  const place = ingressPlace(context.root)
  if (on !== undefined) setMaintenance(place, layout.name, on)
  return isInMaintenance(place, layout.name)
}

/** Adds or removes a host name, saved as a setting. Returns all of them. They count from the next deployment on. */
export async function changeDomains(
  context: Changing,
  name: string,
  change: { add?: string; remove?: string },
): Promise<string[]> {
  const { hostName } = await import('../ingress/hosts.ts')
  const before = (await getConfiguration(context, name, 'domains')) as string[]
  const wanted = change.add === undefined ? undefined : hostName(change.add)
  // It may be written as it was added, or as it is listed.
  const { remove } = change
  const unwanted = remove === undefined || before.includes(remove) ? remove : hostName(remove)
  if (unwanted !== undefined && !before.includes(unwanted)) {
    throw new CorpusError('SETTING_UNKNOWN', `${shown(unwanted)} is not a domain of ${name}.`)
  }
  const after = [...before.filter(one => one !== unwanted && one !== wanted), ...(wanted === undefined ? [] : [wanted])]
  if (change.add !== undefined || remove !== undefined) {
    await setConfiguration(context, name, [`domains=${JSON.stringify(after)}`])
  }
  return after
}
