import { expect, test } from 'vitest'
import { apiPage } from '../../../src/serve/api-page.ts'
import { openApiText } from '../../../src/serve/open-api.ts'

test('the page shows every route that is described, those of logins, too', () => {
  const text = openApiText('1.2.3')
  const page = apiPage(text)
  for (const path of Object.keys((JSON.parse(text) as { paths: object }).paths)) expect(page).toContain(path)
  expect(page).toContain('<h2 id="auth">')
  expect(page).not.toContain('undefined')
})
