import { expect, test } from 'vitest'
import { withPart } from '../../../src/ingress/nginx.ts'

test("the system's main file is tried with our part replaced and all others kept", () => {
  const main =
    'http {\n\tinclude /etc/nginx/mime.types;\n\tinclude /etc/nginx/conf.d/*.conf;\n\tinclude /etc/nginx/sites-enabled/*;\n}\n'
  const tried = withPart(main, '/etc/nginx/conf.d', '/etc/nginx/.part.conf')
  expect(tried).toContain('include "/etc/nginx/.part.conf";')
  expect(tried).not.toContain('conf.d/*.conf;')
  expect(tried).toContain('include /etc/nginx/sites-enabled/*;')
})

test('a main file that does not include our folder is told', () => {
  expect(() => withPart('http { }', '/etc/nginx/conf.d', '/x')).toThrow(/does not include/)
})
