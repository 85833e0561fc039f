/** The API in the words of OpenAPI 3.1, from what is declared of each request. */
import { requests } from '../controller/requests/index.ts'
import { api } from './asking.ts'
import { authPaths, sessionScheme } from './auth-open-api.ts'

const shapes = (declared: (typeof requests)[number]) =>
  JSON.parse(JSON.stringify(declared.params)) as {
    readonly properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>
    readonly required?: readonly string[]
  }

/** As JSON. */
export function openApiText(version: string): string {
  const paths: Record<string, Record<string, unknown>> = { ...authPaths }
  for (const one of requests) {
    const [method = '', path = ''] = one.http.split(' ')
    const at = `${api}${path}`
    paths[at] = { ...paths[at], [method.toLowerCase()]: operationOf(one, method, path) }
  }
  return JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'corpus', version, description: 'Push-to-deploy for people who run their own machines.' },
    security: [{ token: [] }, { password: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: sessionScheme,
        password: { type: 'http', scheme: 'basic', description: 'the name of a user, and its password or a token' },
      },
      schemas: {
        Error: {
          type: 'object',
          required: ['error'],
          properties: {
            error: {
              type: 'object',
              required: ['code', 'message', 'detail', 'way_out', 'request_id'],
              properties: {
                code: { type: 'string' },
                message: { type: 'string' },
                detail: { type: ['string', 'null'] },
                way_out: { type: 'string' },
                request_id: { type: 'string' },
              },
            },
          },
        },
      },
    },
  })
}

function operationOf(one: (typeof requests)[number], method: string, path: string) {
  const { properties, required = [] } = shapes(one)
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(match => match[1] ?? ''))
  const others = Object.keys(properties).filter(name => !inPath.has(name))
  const isQuery = method === 'GET' || method === 'DELETE'
  const parameterOf = (name: string, where: 'path' | 'query') => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: withoutWords(properties[name] ?? {}),
  })
  const error = {
    description: 'an error',
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  }
  const job = { type: 'object', required: ['job'], properties: { job: { type: 'string' } } }
  const type = one.json === 'lines' ? 'application/x-ndjson' : 'application/json'
  const answer = JSON.parse(JSON.stringify(one.answer)) as unknown
  return {
    operationId: one.name.replaceAll(' ', '-'),
    summary: one.does,
    description: `Needs \`${one.right}\`${one.own === undefined ? '' : `, or that it is one's own ${one.own}`}.`,
    parameters: [
      ...[...inPath].map(name => parameterOf(name, 'path')),
      ...(isQuery ? others.map(name => parameterOf(name, 'query')) : []),
      ...(one.paged === undefined ? [] : pageParameters(others)),
      ...(one.kind === 'read' ? [headerOf('If-None-Match')] : [headerOf('Idempotency-Key')]),
      ...(one.changes === undefined ? [] : [headerOf('If-Match')]),
    ],
    ...(isQuery || others.length === 0 ? {} : { requestBody: { content: contentOf(others, properties, required) } }),
    responses:
      one.kind === 'job'
        ? { 202: { description: 'a job', content: { 'application/json': { schema: job } } }, default: error }
        : { 200: { description: 'the answer', content: { [type]: { schema: answer } } }, default: error },
  }
}

const headerOf = (name: string) => ({ name, in: 'header', required: false, schema: { type: 'string' } })

function pageParameters(others: readonly string[]) {
  const limit = { name: 'limit', in: 'query', required: false, schema: { type: 'integer', minimum: 1, maximum: 1000 } }
  const cursor = { name: 'cursor', in: 'query', required: false, schema: { type: 'string' } }
  return others.includes('limit') ? [cursor] : [limit, cursor]
}

/** Beside what JSON Schema says of a shape there is what the command line is told of it, which is nothing to a client. */
const ours = new Set(
  'word flag letter parse inClone split passesOn contents asIs here stdin settings media plainNames local'.split(' '),
)

export function withoutWords(shape: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(shape).filter(([name]) => !ours.has(name)))
}

/** What a body of each type is: the params by name, or one that is all of it. */
function contentOf(
  others: readonly string[],
  properties: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  required: readonly string[],
): Record<string, unknown> {
  const whole = others.filter(name => properties[name]?.['media'] !== undefined)
  const named = {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(others.map(name => [name, withoutWords(properties[name] ?? {})])),
    required: others.filter(name => required.includes(name)),
  }
  const isPlain = whole.some(name => properties[name]?.['plainNames'] !== undefined)
  return {
    'application/json': { schema: isPlain ? { anyOf: [named, { type: 'object' }] } : named },
    ...Object.fromEntries(
      whole.map(name => {
        const { media, ...shape } = properties[name] ?? {}
        const type = String(media).includes('json-patch') ? 'array' : 'object'
        return [String(media), { schema: { type, ...withoutWords(shape) } }]
      }),
    ),
  }
}
