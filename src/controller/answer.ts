/** An answer as JSON: the same text for `--json` and for a route. */
import type { Told } from './told.ts'

export async function answerText({ json }: Pick<Told, 'json'>, answer: unknown): Promise<string> {
  if (json === 'lines') return (answer as readonly unknown[]).map(item => `${JSON.stringify(item)}\n`).join('')
  if (json !== 'salt') return `${JSON.stringify(answer)}\n`
  const [{ pythonOf }, { writeJson }] = await Promise.all([import('./python-of.ts'), import('../salt/python/json.ts')])
  return `${writeJson(pythonOf(answer), { indent: 4, ensureAscii: false })}\n`
}
