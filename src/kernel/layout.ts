/** Names every path below the root once. */
import { join } from 'node:path'
import type { ProjectName, ReleaseId } from './names.ts'

/** What belongs to the installation, not to a project. */
export function rootLayout(root: string) {
  return {
    root,
    projects: join(root, 'projects'),
    pillarLinks: join(root, 'pillar', 'makina-projects'),
    saltLinks: join(root, 'salt', 'makina-projects'),
    corpus: join(root, 'corpus'),
    installers: join(root, 'corpus', 'installers'),
    agentSocket: join(root, 'corpus', 'agent.sock'),
    agentLog: join(root, 'corpus', 'agent.log'),
    /** Where connections of sshd's ask the desk of `corpus serve`. */
    sshSocket: join(root, 'corpus', 'ssh.sock'),
    /** The home of the account `corpus`: it is root's, and has the keys of users. */
    sshHome: join(root, 'corpus', 'ssh'),
    serveLog: join(root, 'corpus', 'serve.log'),
    trash: join(root, 'corpus', 'trash'),
    /** What the variables of `corpus env` are sealed with, for all projects. */
    environmentKey: join(root, 'corpus', 'environment.key'),
    backups: join(root, 'corpus', 'backups'),
    /** Who lets people in beside the store: a directory, a provider. */
    login: join(root, 'corpus', 'login.yaml'),
    /** The store, where it is SQLite. */
    store: join(root, 'corpus', 'corpus.db'),
    /** Of `corpus apply`: one at a time. */
    applyLock: join(root, 'corpus', 'apply.lock'),
  } as const
}
export type RootLayout = ReturnType<typeof rootLayout>

/** What belongs to one project. */
export function projectLayout(root: string, name: ProjectName) {
  const home = join(root, 'projects', name)
  const archives = join(home, 'archives')
  const releases = join(home, 'releases')
  const deployments = join(home, 'deployments')
  return {
    root,
    name,
    home,
    git: join(home, 'git'),
    projectGit: join(home, 'git', 'project.git'),
    pillarGit: join(home, 'git', 'pillar.git'),
    /** What pre-receive looked at last, by its ids: the same need not be looked at again while the configuration stays. */
    checked: join(home, 'git', 'checked'),
    /** A link to the tree that is worked on: state files know this path. */
    project: join(home, 'project'),
    pillar: join(home, 'pillar'),
    salt: join(home, '.salt'),
    data: join(home, 'data'),
    /** The application's HOME: it outlives releases and belongs to no tree. */
    accountHome: join(home, 'home'),
    /** What corpus itself keeps, and nobody else reaches: upgrade markers, saved configuration, trees that are being made. */
    own: join(home, 'corpus'),
    upgradeMarkers: join(home, 'corpus', 'upgrades'),
    savedConfiguration: join(home, 'corpus', 'configuration.json'),
    /** In which order deployments came, and what served. */
    book: join(home, 'corpus', 'book.json'),
    /** The variables that `corpus env` sets, sealed. */
    environment: join(home, 'corpus', 'environment.json'),
    /** Where `own` was before: in a folder of the account's, so that nothing in it is believed. */
    ownBefore: join(home, 'data', '.corpus'),
    /** What is moved in the data while it is put back. */
    restores: join(home, 'corpus', 'restores'),
    /** The state files of each release, checked out by root: what root runs. */
    saltOf: (release: ReleaseId) => join(home, 'corpus', 'salt', release),
    build: join(home, 'build'),
    deploy: join(home, 'deploy'),
    archives,
    /** The one tree of editable mode, edited in place. */
    editableTree: join(archives, 'editable', 'project'),
    archived: join(archives, 'deployed'),
    /** A link to the release that serves: replacing it is the moment when a deployment counts. */
    current: join(archives, 'deployed', 'current'),
    rolledBack: join(archives, 'rollback'),
    /** The prepared copy of the current tree that the next deployment starts from. */
    /** The folder keeps the name that projects made before have it by. */
    preparedTree: join(home, 'corpus', 'spare'),
    releases,
    bundles: join(releases, 'deployed'),
    currentBundle: join(releases, 'deployed', 'current'),
    failedBundles: join(releases, 'failed'),
    deployments,
    queue: join(deployments, 'queue'),
    /** Becomes the folder of the next deployment. */
    nextDeployment: join(deployments, 'next'),
    lock: join(deployments, 'lock'),
    /** Names the deployment under way, and its runner; what a crash leaves behind. */
    running: join(deployments, 'running'),
    /** Room that is given free when the disk is full, so that a deployment can be taken back. */
    reserve: join(deployments, 'reserve'),
    frozen: join(home, 'frozen'),
    pillarLink: join(root, 'pillar', 'makina-projects', name),
    saltLink: join(root, 'salt', 'makina-projects', name),
    release: (release: ReleaseId) => join(archives, 'deployed', release),
    tree: (release: ReleaseId) => join(archives, 'deployed', release, 'project'),
    bundle: (release: ReleaseId) => join(releases, 'deployed', release),
    deployment: (release: ReleaseId) => deploymentFiles(join(deployments, release)),
  } as const
}
export type ProjectLayout = ReturnType<typeof projectLayout>

/** The files of one deployment. */
export function deploymentFiles(folder: string) {
  return {
    folder,
    /** What was asked for, once it has left the line. */
    request: join(folder, 'request.json'),
    events: join(folder, 'events.ndjson'),
    output: join(folder, 'output.log'),
    journal: join(folder, 'journal.ndjson'),
    /** The saved configuration as it was when the deployment began. */
    savedBefore: join(folder, 'configuration.before.json'),
    record: join(folder, 'record.json'),
    /** Process groups that its commands began. */
    children: join(folder, 'children'),
    /** Is there once somebody asked to cancel it. */
    cancel: join(folder, 'cancel'),
    /** What a cancel could stop only by killing the runner: the way back leaves it out. */
    killed: join(folder, 'killed'),
    /** `<exit status> <end state>`, written last: who follows the output waits for it. */
    verdict: join(folder, 'verdict'),
  } as const
}

/** The root that the environment names; default /srv. */
export function rootFromEnvironment(env: NodeJS.ProcessEnv = process.env): string {
  return env['CORPUS_ROOT'] || '/srv'
}
