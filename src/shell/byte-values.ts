/** Hands variables whose bytes are no UTF-8 to a process: Node's own spawn takes text alone. */

/** What spawn takes. `env` undefined is this process's own. */
export interface Carried {
  readonly argv: readonly [string, ...string[]]
  readonly env: Record<string, string> | undefined
}

const prefix = 'CORPUS_BYTES_'

/** Bytes go as base64 in variables of their own (arguments could be read by everybody), and a shell puts them back. */
export function carried(
  argv: readonly [string, ...string[]],
  env: Readonly<Record<string, string | Uint8Array>> | undefined,
): Carried {
  if (env === undefined) return { argv, env }
  const text: Record<string, string> = {}
  const bytes: string[] = []
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'string') text[name] = value
    else if (!/^[A-Za-z_]\w*$/.test(name)) throw new TypeError(`${name} is not the name of a variable`)
    else {
      bytes.push(name)
      text[prefix + name] = Buffer.from(value).toString('base64')
    }
  }
  if (bytes.length === 0) return { argv, env: text }
  return { argv: ['sh', '-c', `${bytes.map(unpacking).join('')}exec "$@"`, 'sh', ...argv], env: text }
}

/** The full stop keeps line breaks at the end, which a shell would take off. The name is a variable's, or we would not be here. */
function unpacking(name: string): string {
  return `${name}=$(printf %s "$${prefix}${name}" | base64 -d; printf .); export ${name}="\${${name}%.}"; unset ${prefix}${name}; `
}
