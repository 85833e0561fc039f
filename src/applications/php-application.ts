/** Where the pages of a PHP application stand. */
import type { TreeFiles } from '../kernel/tree-files.ts'

export interface PhpApplication {
  /** Below the tree; `.` is the tree itself, null where no page was found. */
  readonly root: string | null
  readonly hasPackages: boolean
  /** The line of the Procfile asks for the web server of Heroku's PHP, which is ours here. */
  readonly asksForServer: boolean
}

const server = /^web[ \t]*:[ \t]*(?:\.?\/?vendor\/bin\/)?heroku-php-(?:apache2|nginx)\b(.*)$/m

/** As Laravel and Symfony, Drupal, CakePHP and others have it. */
const roots = ['public', 'web', 'webroot', 'public_html', 'htdocs', 'www', 'docroot', 'html', 'wwwroot'] as const

export function readPhpApplication(files: TreeFiles): PhpApplication {
  const asked = server.exec(files.text('Procfile') ?? '')?.[1]
  const said = asked === undefined ? null : documentRoot(asked)
  const root = said ?? roots.find(name => files.has(`${name}/index.php`)) ?? (files.has('index.php') ? '.' : null)
  return { root, hasPackages: files.has('composer.json'), asksForServer: asked !== undefined }
}

/** The last word, unless it is the value of an option. */
function documentRoot(options: string): string | null {
  const words = options.trim().split(/\s+/)
  const last = words.at(-1) ?? ''
  const isValue = /^-[CcFi]$/.test(words.at(-2) ?? '')
  const folder = last.replace(/^\.\/|\/+$/g, '')
  return folder !== '' && !isValue && /^[\w@-][\w./@-]*$/.test(folder) && !folder.split('/').includes('..')
    ? folder
    : null
}
