/** The API as a page to read, drawn from its description; it runs nothing and loads nothing. */
import { createHash } from 'node:crypto'

interface Described {
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

interface Operation {
  readonly operationId: string
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly required?: boolean
    readonly schema: Schema
  }[]
  readonly requestBody?: { readonly content: Content }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>
}

type Schema = Readonly<Record<string, unknown>>
type Content = Readonly<Record<string, { readonly schema: Schema }>>

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
details { border-top: 1px solid #8884; padding: .3rem 0 }
summary { cursor: pointer }
code, pre { font: 14px/1.4 ui-monospace, monospace }
pre { overflow-x: auto; background: #8881; padding: .6rem }
table { border-collapse: collapse }
td, th { text-align: left; vertical-align: top; padding: .1rem 1rem .1rem 0 }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600 }
`

/** What a browser may do with it: show it, and nothing else. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** `openApi`: as /openapi.json has it. */
export function apiPage(openApi: string): string {
  const { info, paths } = JSON.parse(openApi) as Described
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ group: groupOf(path), method, path, operation })),
  )
  const groups = [...new Set(operations.map(one => one.group))].sort()
  const of = (group: string) => operations.filter(one => one.group === group)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html(info.title)}: the API</title>
<style>${style}</style>
</head>
<body>
<h1>${html(info.title)} ${html(info.version)}</h1>
<p>${html(info.description)} This is what <a href="/openapi.json">/openapi.json</a> says. A credential is
<code>Authorization: Bearer TOKEN</code>, or Basic with the name of a user and its password or token.</p>
<p>${groups.map(group => `<a href="#${html(group)}">${html(group)}</a>`).join(' · ')}</p>
${groups.map(group => `<h2 id="${html(group)}">${html(group)}</h2>\n${of(group).map(drawn).join('\n')}`).join('\n')}
</body>
</html>
`
}

/** `projects` of `/api/v1/projects/{name}`, `auth` of `/auth/login`. */
const groupOf = (path: string): string => path.replace(/^\/api\/v\d+\//, '/').split('/')[1] ?? ''

function drawn(one: { readonly method: string; readonly path: string; readonly operation: Operation }): string {
  const { operationId, summary = '', description = '', parameters = [], requestBody, responses } = one.operation
  const bodies = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) =>
    section(`Body, ${type}`, schema),
  )
  const answers = Object.entries(responses).flatMap(([status, { content = {} }]) =>
    status === 'default'
      ? []
      : Object.entries(content).map(([type, { schema }]) => section(`Answer, ${status}, ${type}`, schema)),
  )
  return `<details id="${html(operationId)}">
<summary><span class="method">${html(one.method.toUpperCase())}</span> <code>${html(one.path)}</code> ${html(summary)}</summary>
<p>${html(description)}</p>
${parameters.length === 0 ? '' : `<table>\n<tr><th>name</th><th>in</th><th>is</th></tr>\n${parameters.map(row).join('\n')}\n</table>\n`}${[...bodies, ...answers].join('\n')}
</details>`
}

function row({ name, in: where, required = false, schema }: NonNullable<Operation['parameters']>[number]): string {
  const { description = '', ...shape } = schema
  const is = `${description ? `${String(description)}; ` : ''}${JSON.stringify(shape)}`
  return `<tr><td><code>${html(name)}</code></td><td>${html(where)}${required ? '' : ', may be missing'}</td><td>${html(is)}</td></tr>`
}

const section = (title: string, schema: Schema): string =>
  `<h3>${html(title)}</h3>\n<pre>${html(JSON.stringify(schema, null, 2))}</pre>`

/** What has no description says nothing. */
const html = (text = ''): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
