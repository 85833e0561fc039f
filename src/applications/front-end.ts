/** Front ends that a build turns into files: which framework it is, where its files end up, and which servers are for development only. */
import type { TreeFiles } from '../kernel/tree-files.ts'

export interface FrontEnd {
  /** Where the build leaves the site, below the tree. */
  readonly folder: string
  /** What answers where there is no such file: a page of a single-page application chooses by the path. */
  readonly fallback: string | null
  /** Where the framework's build leaves a server in place of files. */
  readonly start: string | null
}

type Packages = Readonly<Record<string, unknown>>

interface Framework {
  /** Packages of which one is among the dependencies. */
  readonly packages: readonly string[]
  readonly folder: string
  /** A page for each path (`pages`), or one page that chooses by the path (`single`). */
  readonly kind: 'pages' | 'single'
  /** The setting of its configuration file that names another folder. */
  readonly setting?: { readonly files: RegExp; readonly name: string }
  /** The server that its build leaves, with the package that makes it one; none where that is always so. */
  readonly server?: { readonly packages?: readonly string[]; readonly start: string }
}

/** The more telling come first: most of them bring Vite along. */
const frameworks: readonly Framework[] = [
  {
    packages: ['astro'],
    folder: 'dist',
    kind: 'pages',
    setting: { files: /^astro\.config\.[cm]?[jt]s$/, name: 'outDir' },
    server: { packages: ['@astrojs/node'], start: 'HOST=127.0.0.1 node ./dist/server/entry.mjs' },
  },
  { packages: ['next'], folder: 'out', kind: 'pages', server: { start: 'next start --hostname 127.0.0.1 --port $PORT' } },
  { packages: ['nuxt', 'nuxt3'], folder: '.output/public', kind: 'pages', server: { start: 'HOST=127.0.0.1 node .output/server/index.mjs' } },
  { packages: ['@sveltejs/kit'], folder: 'build', kind: 'pages', server: { packages: ['@sveltejs/adapter-node'], start: 'HOST=127.0.0.1 node build' } },
  { packages: ['gatsby'], folder: 'public', kind: 'pages' },
  { packages: ['@docusaurus/core'], folder: 'build', kind: 'pages' },
  { packages: ['@11ty/eleventy'], folder: '_site', kind: 'pages' },
  { packages: ['vitepress'], folder: '.vitepress/dist', kind: 'pages' },
  { packages: ['vuepress'], folder: '.vuepress/dist', kind: 'pages' },
  { packages: ['hexo'], folder: 'public', kind: 'pages' },
  { packages: ['react-scripts'], folder: 'build', kind: 'single' },
  { packages: ['@vue/cli-service'], folder: 'dist', kind: 'single', setting: { files: /^vue\.config\.[cm]?js$/, name: 'outputDir' } },
  { packages: ['@angular/core'], folder: 'dist', kind: 'single' },
  { packages: ['vite'], folder: 'dist', kind: 'single', setting: { files: /^vite\.config\.[cm]?[jt]s$/, name: 'outDir' } },
  { packages: ['parcel', 'parcel-bundler'], folder: 'dist', kind: 'single' },
  { packages: ['webpack', '@rspack/core', 'rollup', 'esbuild', 'snowpack', 'preact-cli'], folder: 'dist', kind: 'single' },
] // biome-ignore format: a table

export function frontEndOf(files: TreeFiles, packages: Packages, scripts: Packages): FrontEnd | null {
  const framework = frameworks.find(one => one.packages.some(name => name in packages))
  if (framework === undefined) return null
  const { server } = framework
  const makesServer =
    server !== undefined &&
    !isExported(files, scripts) &&
    (server.packages === undefined || server.packages.some(name => name in packages))
  return {
    folder: configuredFolder(files, framework) ?? framework.folder,
    fallback: framework.kind === 'single' ? '/index.html' : null,
    start: makesServer ? server.start : null,
  }
}

/** Next with `output: 'export'`, and what a build script itself says: its build leaves files, whatever `start` says. */
export function isExported(files: TreeFiles, scripts: Packages): boolean {
  const build = String(scripts['build'] ?? '')
  if (/\b(next export|nuxi? generate|nuxt generate)\b/.test(build)) return true
  const configuration = files.names().find(name => /^next\.config\.[cm]?[jt]s$/.test(name))
  return configuration !== undefined && /\boutput\s*:\s*['"]export['"]/.test(files.text(configuration) ?? '')
}

/** Where a build may have left a site, when it is not where its framework usually leaves it. */
export const usualSiteFolders = ['dist', 'build', 'out', '_site', '.output/public', 'public', 'www'] as const

/** The words of a start script that make it a server for development; null where it is another. */
export function developmentServer(script: string, scripts: Packages = {}): string | null {
  const called = calledScript(script, scripts)
  return developmentServers.exec(called)?.[0] ?? null
}

/** What `npm run develop` comes to in the end. */
function calledScript(script: string, scripts: Packages, depth = 0): string {
  const name = /^(?:npm run|npm|yarn run|yarn|pnpm run|pnpm|bun run) ([\w:.-]+)$/.exec(script.trim())?.[1]
  const next = name === undefined ? undefined : scripts[name]
  return typeof next === 'string' && depth < 5 ? calledScript(next, scripts, depth + 1) : script
}

const developmentServers = new RegExp(
  [
    '^(?:npx )?(?:',
    'vite(?:\\s+(?:dev|serve|preview)\\b|\\s+-|\\s*$)',
    '|(?:astro|next|nuxt|nuxi|svelte-kit|remix|react-router|snowpack|solid-start|vinxi|rspack|rsbuild|hexo)\\s+(?:dev|preview|server)\\b',
    '|(?:react-scripts|craco|react-app-rewired|docusaurus)\\s+start\\b|docusaurus\\s+serve\\b',
    '|gatsby\\s+(?:develop|serve|d|s)\\b|vue-cli-service\\s+serve\\b|ng\\s+(?:serve|s)\\b|nest\\s+start\\b',
    '|webpack(?:-dev-server|\\s+(?:serve|s|--watch))|parcel(?!\\s+build)|(?:gulp|grunt)(?:\\s+(?:serve|server|watch|dev|start|default)\\b|\\s*$)',
    '|(?:eleventy|@11ty/eleventy)\\s.*--serve|live-server|browser-sync|lite-server|vitepress\\s+(?:dev|serve|preview)\\b|vuepress\\s+dev\\b|rspress\\s+dev\\b|quasar\\s+dev\\b',
    ')',
  ].join(''),
)

function configuredFolder(files: TreeFiles, { setting }: Framework): string | null {
  if (setting === undefined) return null
  const file = files.names().find(name => setting.files.test(name))
  const found = new RegExp(`\\b${setting.name}\\s*:\\s*['"]([^'"]+)['"]`).exec(
    file === undefined ? '' : (files.text(file) ?? ''),
  )?.[1]
  const folder = found?.replace(/^\.\/|\/+$/g, '')
  return folder !== undefined && /^[\w.@-]+(\/[\w.@-]+)*$/.test(folder) && !folder.split('/').includes('..')
    ? folder
    : null
}
