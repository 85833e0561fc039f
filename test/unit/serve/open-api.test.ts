/** The description of the API, and the page of it. */
import { createHash } from 'node:crypto'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { requests } from '../../../src/controller/requests/index.ts'
import { apiPage, pagePolicy } from '../../../src/serve/api-page.ts'
import { openApiText } from '../../../src/serve/open-api.ts'

const text = openApiText('1.2.3')
const described = JSON.parse(text)

test('is valid OpenAPI 3.1, which a validator that is not ours says', async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(described))
  expect([valid, errors]).toEqual([true, undefined])
  expect(described.openapi).toMatch(/^3\.1\./)
  // It finds faults.
  const broken = structuredClone(described)
  broken.paths['/api/v1/projects'].get.parameters = [{ name: 'x', in: 'nowhere' }]
  expect((await new Validator().validate(broken)).valid).toBe(false)
})

test('every operation has a name of its own, and every word of a path its parameter', () => {
  const operations = Object.entries<
    Record<string, { operationId: string; parameters: { name: string; in: string }[] }>
  >(described.paths).flatMap(([path, methods]) => Object.values(methods).map(operation => ({ path, ...operation })))
  expect(operations).toHaveLength(requests.length)
  expect(new Set(operations.map(one => one.operationId)).size).toBe(requests.length)
  for (const { path, parameters } of operations) {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(match => match[1])
    expect([path, parameters.filter(one => one.in === 'path').map(one => one.name)]).toEqual([path, named])
    expect([path, new Set(parameters.map(one => `${one.in} ${one.name}`)).size]).toEqual([path, parameters.length])
  }
})

describe('the page', () => {
  const page = apiPage(text)

  test('shows every operation', () => {
    for (const { name, http } of requests) {
      expect(page).toContain(`<details id="${name.replaceAll(' ', '-')}">`)
      expect(page).toContain(`<code>/api/v1${http.slice(http.indexOf(' ') + 1)}</code>`)
    }
  })

  test('runs nothing, loads nothing, and its style is the one that the policy names', () => {
    expect(page).not.toMatch(/<script|<img|<link|<iframe| on\w+=|style=|src=|url\(/i)
    const style = /<style>(.*?)<\/style>/s.exec(page)?.[1] ?? ''
    expect(pagePolicy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
    expect(pagePolicy).toMatch(/^default-src 'none'/)
    expect(pagePolicy).not.toContain('unsafe')
  })

  test('shows what is said as text', () => {
    const odd = structuredClone(described)
    odd.paths['/api/v1/projects'].get.summary = '<script>alert("x")</script>'
    expect(apiPage(JSON.stringify(odd))).toContain('&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;')
  })
})
