/** What the rooms above may use of the template language. */
export { callable } from '../python/call.ts'
export { type FaultKind, TemplateError } from './errors.ts'
export type { Source } from './source.ts'
export { createTemplates, type TemplateOptions, type Templates } from './templates.ts'
