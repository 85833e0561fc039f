/** The catalogue of errors as a table for the documentation. */
import { catalogue } from './errors.ts'

/** Markdown: code, exit status and way out of each, by exit status and then by name. */
export function catalogueText(): string {
  const rows = Object.entries(catalogue).sort(([a, x], [b, y]) => x.exit - y.exit || (a < b ? -1 : 1))
  const lines = rows.map(([code, { exit, wayOut }]) => `| ${exit} | ${code} | ${wayOut.replaceAll('|', '\\|')} |`)
  return ['| status | code | the way out |', '|---|---|---|', ...lines, ''].join('\n')
}
