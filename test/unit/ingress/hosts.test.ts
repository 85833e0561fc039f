import { expect, test } from 'vitest'
import { hostName, isPublic, localHost } from '../../../src/ingress/hosts.ts'
import { projectName } from '../../../src/kernel/names.ts'

test.each([
  ['Example.ORG.', 'example.org'],
  ['bücher.example', 'xn--bcher-kva.example'],
  ['*.example.org', '*.example.org'],
  ['127.0.0.1', '127.0.0.1'],
  ['a_b.example.org', 'a_b.example.org'],
])('%s is the host name %s', (text, host) => expect(hostName(text)).toBe(host))

test.each([
  '',
  '.',
  'a..b',
  '-a.org',
  'a b',
  'a;b',
  'a}b',
  'a\nb.org',
  'a/b',
  '*',
  '*.*.org',
  'a.*.org',
  'x'.repeat(64),
  `${'a.'.repeat(127)}aa`,
  'a"b',
  'a$b',
  "a'b",
  'http://a',
  'a:80',
  '*.127.0.0.1',
  '_;}',
])('%j is no host name', text =>
  expect(() => hostName(text)).toThrowError(expect.objectContaining({ code: 'SITE_INVALID' })),
)

test('a project without domains answers to a name of loopback', () => {
  expect(localHost(projectName('my_shop-'))).toBe('my-shop.localhost')
})

test.each([
  ['example.org', true],
  ['example.test', false],
  ['shop.localhost', false],
  ['intranet', false],
  ['10.0.0.1', false],
  ['printer.home.arpa', false],
])('%s is public: %s', (text, is) => expect(isPublic(hostName(text))).toBe(is))
