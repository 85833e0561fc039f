/** What doctor finds of the store: nothing deploys with it, so that whatever is wrong with it is told and keeps nobody from anything. */
import { catalogue, faultOf } from '../kernel/errors.ts'
import { entryIfThere } from '../kernel/files.ts'
import { rootLayout } from '../kernel/layout.ts'
import type { Context } from './context.ts'
import { type Finding, fine, wrong } from './findings.ts'

export async function storeFinding(context: Context): Promise<Finding> {
  const url = process.env['CORPUS_STORE']
  const file = rootLayout(context.root).store
  const where = url ? 'PostgreSQL' : file
  if (!url && entryIfThere(file) === undefined) return fine('store', 'useful')('none yet: it is made when it is needed')
  try {
    const { openStore } = await import('../store/open.ts')
    const store = await openStore({ root: context.root, url, waitMilliseconds: 2000 })
    await store.close()
    return fine('store', 'useful')(where)
  } catch (error) {
    const { code, message } = faultOf(error)
    const mend = code in catalogue ? catalogue[code as keyof typeof catalogue].wayOut : ''
    return wrong('store', mend, 'useful')(`${where}: ${message} (${code})`)
  }
}
