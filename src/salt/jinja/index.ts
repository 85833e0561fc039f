/** What the rooms above may use of the template language. */

export { TemplateError } from './errors.ts'
export type { Source } from './source.ts'
export { createTemplates, type Templates } from './templates.ts'
