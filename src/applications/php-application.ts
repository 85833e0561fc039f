/** Where the pages of a PHP application stand. */
import type { TreeFiles } from '../kernel/tree-files.ts'

export interface PhpApplication {
  /** Below the tree; `.` is the tree itself, null where no page was found. */
  readonly root: string | null
  readonly hasPackages: boolean
}

/** As Laravel and Symfony, Drupal, CakePHP and others have it. */
const roots = ['public', 'web', 'webroot', 'public_html', 'htdocs', 'www', 'docroot', 'html', 'wwwroot'] as const

export function readPhpApplication(files: TreeFiles): PhpApplication {
  const root = roots.find(name => files.has(`${name}/index.php`)) ?? (files.has('index.php') ? '.' : null)
  return { root, hasPackages: files.has('composer.json') }
}
