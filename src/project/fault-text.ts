/** Faults of state files and pillars as people of a project are told of them. */
import { type Fault, faultText } from '../salt/language/faults.ts'

/** What only a deployment can read, and why. */
export function unknownText({ place, message }: Fault, base: string): string {
  const file = place?.path.startsWith(`${base}/`) ? place.path.slice(base.length + 1) : place?.path
  return `${file} is checked when it is deployed: ${message}, and nothing of a push runs before it is accepted.`
}

/** Paths below a temporary folder are shown as the pusher knows them. */
export function placedText(found: Fault, base: string): string {
  const text = found.kind === 'pillar' ? unquoted(found) : faultText(found)
  return text.replaceAll(base === '' ? '\0' : `${base}/`, '')
}

/** Where it stands and what it is, without a word of what is written there: others read the logs of deployments. */
function unquoted({ place, message, advice, sls }: Fault): string {
  const where = place ? `${place.path}:${place.line}:${place.column}: ` : `${sls ?? 'pillar'}: `
  const [first = ''] = (/failed\. Please see master log/.test(message) ? advice : message).split('\n')
  const bare = first.replace(/^Rendering SLS '[^']*' failed: /, '').replaceAll(/'[^']{2,}'|"[^"]{2,}"/g, "'…'")
  return `${where}${bare}`
}
