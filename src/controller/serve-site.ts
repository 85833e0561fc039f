/** The site of `corpus serve` at nginx: with TLS as applications get it, and unbuffered, since packs and events are not to be kept. */
import { existsSync } from 'node:fs'
import { ingressPlace, siteRecord } from '../ingress/place.ts'
import { readSite } from '../ingress/site.ts'
import { CorpusError } from '../kernel/errors.ts'
import { projectLayout, rootLayout } from '../kernel/layout.ts'
import { processName, projectName } from '../kernel/names.ts'
import { hasProgram } from '../shell/programs.ts'
import type { Asked } from './request.ts'

/** Sites go by names of projects: no project has this one. */
const name = projectName('corpus-serve')
const web = processName('web')

/** Sentences of what is now so. Throws SERVE_REFUSED, INGRESS_…, SITE_…. */
export async function putServeSite(asked: Asked, domains: readonly string[], listen: string): Promise<string[]> {
  if (domains.length === 0) return removeServeSite(asked)
  if (!hasProgram('nginx')) return [`there is no nginx here: put a proxy with TLS for ${domains.join(' ')} in front`]
  const [, port] = /^(?:127\.\d+\.\d+\.\d+|\[::1\]):(\d{1,5})$/.exec(listen) ?? []
  if (port === undefined || Number(port) === 0)
    return [`nginx is not put in front of ${listen}, which others than this machine reach`]
  if (existsSync(projectLayout(asked.root, name).home))
    throw new CorpusError('SERVE_REFUSED', `There is a project ${name}, whose name the site of corpus serve has.`)
  const site = {
    ...readSite(name, [web], [...domains], { tls: true }),
    // Packs are as large as they are, and pushes take their time.
    uploadBytes: 0,
    answerSeconds: 86_400,
    isUnbuffered: true as const,
  }
  const { ingressOf } = await import('../deployment/site.ts')
  const entryPoint = await ingressOf(asked, asked.shell)
  const target = { tree: rootLayout(asked.root).installers, ports: new Map([[web, [Number(port)]]]) }
  const { notices } = await entryPoint.put(site, target)
  return [...notices, `nginx leads ${entryPoint.url(site)} to it`]
}

export async function removeServeSite(asked: Asked): Promise<string[]> {
  if (!existsSync(siteRecord(ingressPlace(asked.root), name))) return []
  const { ingressOf } = await import('../deployment/site.ts')
  await (await ingressOf(asked, asked.shell)).remove(name)
  return ['nginx leads nothing to it any more']
}
