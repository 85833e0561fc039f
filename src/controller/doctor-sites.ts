/** Whether what serves the projects' sites runs, and whether each answers. */
import { doesAnswer } from '../ingress/answers.ts'
import { refusedFiles } from '../ingress/foreign.ts'
import { ingressPlace } from '../ingress/place.ts'
import { records } from '../ingress/site-records.ts'
import { projectLayout } from '../kernel/layout.ts'
import { shellWord } from '../kernel/shell-word.ts'
import { currentRelease, readRecord } from '../pipeline/history.ts'
import type { Context } from './context.ts'
import { type Finding, fine, wrong } from './findings.ts'
import { scaledToZero } from './scaled.ts'

/** Nothing where no project has a site. */
export async function sites(context: Context): Promise<Finding[]> {
  const place = ingressPlace(context.root)
  const put = records(place)
  if (put.length === 0) return []
  const again = `The agent starts it again (corpus agent --enable --root=${shellWord(context.root)}), and so does the next deployment.`
  const { ingressOf } = await import('../deployment/site.ts')
  const runs = await (await ingressOf(context, context.shell)).runs()
  const refused = refusedFiles(place)
  return [
    runs ? fine('sites')('nginx runs') : wrong('sites', again)('nginx does not run: no site answers'),
    ...refused.map(file =>
      wrong('sites', `Mend ${file}, or remove it.`, 'useful')(`nginx does not accept ${file}: it was put aside`),
    ),
    ...(runs ? await Promise.all(put.map(({ site }) => answer(context, site.project))) : []).flat(),
  ]
}

async function answer(context: Context, project: Parameters<typeof projectLayout>[1]): Promise<Finding[]> {
  const layout = projectLayout(context.root, project)
  const current = currentRelease(layout)
  const url = current === null ? null : readRecord(layout, current)?.url
  // What was scaled to 0 is not to answer.
  if (!url || scaledToZero(layout).has('web')) return []
  const name = `site of ${project}`
  return [
    (await doesAnswer(url))
      ? fine(name)(`${url} answers`)
      : wrong(name, `corpus logs ${project} --app says what its processes say.`)(`${url} does not answer`),
  ]
}
