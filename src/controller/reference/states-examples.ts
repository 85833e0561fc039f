/** Examples of states beside those in their definitions: the reference shows them, a test runs them or, where they need the machine, compiles them. */

/** `{{ root }}` is a folder of the example's own. */
export const runExamples: Readonly<Record<string, string>> = {
  'cmd.wait':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: x\nreload:\n  cmd.wait:\n    - name: touch {{ root }}/reloaded\n    - watch: [file: conf]\n',
  'file.absent': 'old:\n  file.absent:\n    - name: {{ root }}/old.conf\n',
  'file.append':
    'hosts:\n  file.append:\n    - name: {{ root }}/hosts\n    - makedirs: true\n    - text: 10.0.0.1 db\n',
  'file.blockreplace':
    'part:\n  file.blockreplace:\n    - name: {{ root }}/rc\n    - marker_start: "# begin"\n    - marker_end: "# end"\n    - content: umask 027\n    - append_if_not_found: true\n    - require: [file: rc]\nrc:\n  file.touch:\n    - name: {{ root }}/rc\n',
  'file.copy':
    'sample:\n  file.managed:\n    - name: {{ root }}/sample\n    - contents: x\ncopied:\n  file.copy:\n    - name: {{ root }}/copied\n    - source: {{ root }}/sample\n    - require: [file: sample]\n',
  'file.directory':
    'uploads:\n  file.directory:\n    - name: {{ root }}/data/uploads\n    - makedirs: true\n    - mode: "0750"\n',
  'file.keyvalue':
    'conf:\n  file.managed:\n    - name: {{ root }}/kv\n    - contents: PermitRootLogin=yes\n    - replace: false\nsshd:\n  file.keyvalue:\n    - name: {{ root }}/kv\n    - key: PermitRootLogin\n    - value: "no"\n    - separator: "="\n    - require: [file: conf]\n',
  'file.replace':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: port = 1\n    - replace: false\nport:\n  file.replace:\n    - name: {{ root }}/conf\n    - pattern: port = \\d+\n    - repl: port = 80\n    - require: [file: conf]\n',
  'file.serialize':
    'json:\n  file.serialize:\n    - name: {{ root }}/app.json\n    - serializer: json\n    - dataset: {port: 80, hosts: [a, b]}\n',
  'file.symlink': 'link:\n  file.symlink:\n    - name: {{ root }}/current\n    - target: {{ root }}/releases/1\n',
  'file.touch': 'flag:\n  file.touch:\n    - name: {{ root }}/flag\n',
  'test.configurable_test_state':
    'told:\n  test.configurable_test_state:\n    - changes: true\n    - result: true\n    - comment: as asked\n',
  'test.succeed_with_changes': 'told:\n  test.succeed_with_changes: []\n',
  'cmd.script':
    'hello:\n  file.managed:\n    - name: {{ root }}/hello.sh\n    - contents: echo hello $1\nsay:\n  cmd.script:\n    - name: {{ root }}/hello.sh\n    - args: world\n    - require: [file: hello]\n',
  'cmd.wait_script':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: x\nscript:\n  file.managed:\n    - name: {{ root }}/reload.sh\n    - contents: touch {{ root }}/reloaded\nreload:\n  cmd.wait_script:\n    - name: {{ root }}/reload.sh\n    - require: [file: script]\n    - watch: [file: conf]\n',
  'cmd.wait_call':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: x\nflag:\n  cmd.wait_call:\n    - func: file.touch\n    - args: ["{{ root }}/changed"]\n    - watch: [file: conf]\n',
  'event.send': 'told:\n  event.send:\n    - name: shop/deployed\n    - data: {version: 3}\n',
  'file.accumulated':
    "hosts:\n  file.accumulated:\n    - name: hosts\n    - filename: {{ root }}/hosts\n    - text: 10.0.0.1 db\n    - require_in: [file: list]\nlist:\n  file.managed:\n    - name: {{ root }}/hosts\n    - template: jinja\n    - contents: \"{% raw %}{{ accumulator['hosts'] | join(' ') }}{% endraw %}\"\n",
  'file.cached':
    'local:\n  file.managed:\n    - name: {{ root }}/list\n    - contents: x\nkept:\n  file.cached:\n    - name: {{ root }}/list\n    - require: [file: local]\n',
  'file.not_cached': 'gone:\n  file.not_cached:\n    - name: https://example.org/old.tar.gz\n',
  'file.comment':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: bind 127.0.0.1\n    - replace: false\nopen:\n  file.comment:\n    - name: {{ root }}/conf\n    - regex: ^bind\n    - require: [file: conf]\n',
  'file.uncomment':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: "#listen 80"\n    - replace: false\nlistens:\n  file.uncomment:\n    - name: {{ root }}/conf\n    - regex: listen\n    - require: [file: conf]\n',
  'file.decode': 'key:\n  file.decode:\n    - name: {{ root }}/key\n    - encoded_data: aGVsbG8=\n',
  'file.exists':
    'made:\n  file.touch:\n    - name: {{ root }}/marker\nthere:\n  file.exists:\n    - name: {{ root }}/marker\n    - require: [file: made]\n',
  'file.hardlink':
    'text:\n  file.managed:\n    - name: {{ root }}/one\n    - contents: x\nsame:\n  file.hardlink:\n    - name: {{ root }}/two\n    - target: {{ root }}/one\n    - require: [file: text]\n',
  'file.line':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: |\n        [server]\n        [client]\n    - replace: false\nport:\n  file.line:\n    - name: {{ root }}/conf\n    - mode: ensure\n    - content: port = 80\n    - after: \\[server\\]\n    - require: [file: conf]\n',
  'file.missing': 'never:\n  file.missing:\n    - name: {{ root }}/upgraded\n',
  'file.mknod': 'pipe:\n  file.mknod:\n    - name: {{ root }}/pipe\n    - ntype: p\n    - mode: "0600"\n',
  'file.patch':
    'text:\n  file.managed:\n    - name: {{ root }}/text\n    - contents: one\n    - replace: false\nchange:\n  file.managed:\n    - name: {{ root }}/change.patch\n    - contents: |\n        --- text\n        +++ text\n        @@ -1 +1 @@\n        -one\n        +two\npatched:\n  file.patch:\n    - name: {{ root }}/text\n    - source: {{ root }}/change.patch\n    - require: [file: text, file: change]\n',
  'file.prepend':
    'head:\n  file.touch:\n    - name: {{ root }}/script\nfirst:\n  file.prepend:\n    - name: {{ root }}/script\n    - text: "#!/bin/sh"\n    - require: [file: head]\n',
  'file.rename':
    'old:\n  file.managed:\n    - name: {{ root }}/old.conf\n    - contents: x\n    - unless: test -e {{ root }}/new.conf\nmoved:\n  file.rename:\n    - name: {{ root }}/new.conf\n    - source: {{ root }}/old.conf\n    - require: [file: old]\n',
  'file.retention_schedule':
    'folder:\n  file.directory:\n    - name: {{ root }}/backups\nfew:\n  file.retention_schedule:\n    - name: {{ root }}/backups\n    - strptime_format: backup-%Y-%m-%d.tar\n    - retain: {most_recent: 3, first_of_week: 4}\n    - require: [file: folder]\n',
  'file.tidied':
    'folder:\n  file.directory:\n    - name: {{ root }}/tmp\nyoung:\n  file.tidied:\n    - name: {{ root }}/tmp\n    - age: 7\n    - matches: [".*\\\\.log"]\n    - require: [file: folder]\n',
  'git.present': 'repository:\n  git.present:\n    - name: {{ root }}/shop.git\n',
  'git.config_set':
    'repository:\n  git.present:\n    - name: {{ root }}/shop.git\npush:\n  git.config_set:\n    - name: receive.denyNonFastForwards\n    - value: "true"\n    - repo: {{ root }}/shop.git\n    - require: [git: repository]\n',
  'git.cloned':
    'repository:\n  git.present:\n    - name: {{ root }}/shop.git\nclone:\n  git.cloned:\n    - name: {{ root }}/shop.git\n    - target: {{ root }}/shop\n    - require: [git: repository]\n',
  'module.wait':
    'conf:\n  file.managed:\n    - name: {{ root }}/conf\n    - contents: x\ntouch:\n  module.wait:\n    - name: file.touch\n    - m_name: {{ root }}/changed\n    - watch: [file: conf]\n',
  'test.show_notification': 'hint:\n  test.show_notification:\n    - text: Create the DNS record by hand.\n',
  'test.check_pillar': 'settings:\n  test.check_pillar:\n    - present: [root]\n    - string: [root]\n',
  'test.succeed_without_changes': 'told:\n  test.succeed_without_changes: []\n',
}

/** These change the machine (packages, accounts, services) or reach the network: a test compiles them only. */
export const compiledExamples: Readonly<Record<string, string>> = {
  'archive.extracted':
    'release:\n  archive.extracted:\n    - name: /srv/app\n    - source: https://example.org/app-1.0.tar.gz\n    - source_hash: sha256=0000000000000000000000000000000000000000000000000000000000000000\n',
  'cron.present':
    'nightly:\n  cron.present:\n    - name: /usr/local/bin/backup\n    - user: root\n    - hour: 3\n    - minute: 15\n',
  'git.latest':
    'app:\n  git.latest:\n    - name: https://git.example.org/app.git\n    - target: /srv/app\n    - rev: main\n',
  'group.present': 'www:\n  group.present: []\n',
  'mount.mounted':
    'data:\n  mount.mounted:\n    - name: /mnt/data\n    - device: /dev/sdb1\n    - fstype: ext4\n    - mkmnt: true\n',
  'pkg.installed': 'tools:\n  pkg.installed:\n    - pkgs: [curl, rsync]\n',
  'pkg.removed': 'mail:\n  pkg.removed:\n    - name: exim4-base\n',
  'pkgrepo.managed':
    'node:\n  pkgrepo.managed:\n    - name: deb https://deb.example.org/node_22.x nodistro main\n    - file: /etc/apt/sources.list.d/node.list\n',
  'service.running':
    'nginx:\n  service.running:\n    - enable: true\n    - reload: true\n    - watch: [file: site]\nsite:\n  file.exists:\n    - name: /etc/nginx/nginx.conf\n',
  'ssh_auth.present':
    'ann:\n  ssh_auth.present:\n    - user: ann\n    - names: [ssh-ed25519 AAAAC3Nza ann@example.org]\n',
  'sysctl.present': 'backlog:\n  sysctl.present:\n    - name: net.core.somaxconn\n    - value: 1024\n',
  'user.present': 'deployer:\n  user.present:\n    - shell: /bin/bash\n    - groups: [www-data]\n',
  'virtualenv.managed':
    'venv:\n  virtualenv.managed:\n    - name: /srv/app/venv\n    - requirements: /srv/app/requirements.txt\n',
  'webutil.user_exists':
    'ann:\n  webutil.user_exists:\n    - name: ann\n    - password: secret\n    - htpasswd_file: /etc/nginx/passwords\n',
  'alternatives.install':
    'editor:\n  alternatives.install:\n    - name: editor\n    - link: /usr/bin/editor\n    - path: /usr/bin/vim\n    - priority: 60\n',
  'alternatives.set': 'editor:\n  alternatives.set:\n    - path: /usr/bin/vim\n',
  'cron.absent': 'nightly:\n  cron.absent:\n    - name: /usr/local/bin/backup\n',
  'cron.env_present': 'mail:\n  cron.env_present:\n    - name: MAILTO\n    - value: ops@example.org\n',
  'cron.env_absent': 'MAILTO:\n  cron.env_absent: []\n',
  'event.wait':
    'told:\n  event.wait:\n    - name: shop/changed\n    - watch: [file: conf]\nconf:\n  file.exists:\n    - name: /etc/shop.conf\n',
  'file.recurse':
    'site:\n  file.recurse:\n    - name: /srv/site\n    - source: salt://site\n    - file_mode: "0644"\n    - exclude_pat: "*.swp"\n    - clean: true\n',
  'git.detached':
    'app:\n  git.detached:\n    - name: https://git.example.org/app.git\n    - target: /srv/app\n    - rev: v1.2\n',
  'git.config': 'ann:\n  git.config:\n    - name: user.email\n    - value: ann@example.org\n    - is_global: true\n',
  'git.config_unset': 'proxy:\n  git.config_unset:\n    - name: http.proxy\n    - global: true\n',
  'group.absent': 'old:\n  group.absent: []\n',
  'host.present': 'db:\n  host.present:\n    - ip: 10.0.0.1\n    - names: [db, db.example.org]\n',
  'host.absent': 'db:\n  host.absent:\n    - ip: 10.0.0.1\n',
  'http.query':
    'answers:\n  http.query:\n    - name: https://shop.example.org/health\n    - status: 200\n    - match: ok\n',
  'locale.present': 'de_DE.UTF-8:\n  locale.present: []\n',
  'locale.system': 'en_US.UTF-8:\n  locale.system: []\n',
  'mount.unmounted': '/mnt/data:\n  mount.unmounted:\n    - persist: true\n',
  'npm.installed': 'tool:\n  npm.installed:\n    - name: typescript@5.9.2\n',
  'npm.bootstrap': '/srv/app:\n  npm.bootstrap: []\n',
  'npm.removed': 'typescript:\n  npm.removed: []\n',
  'pip.installed':
    'libraries:\n  pip.installed:\n    - requirements: /srv/app/requirements.txt\n    - bin_env: /srv/app/venv\n',
  'pip.removed': 'flask:\n  pip.removed:\n    - bin_env: /srv/app/venv\n',
  'pkg.latest': 'openssl:\n  pkg.latest:\n    - refresh: true\n',
  'pkg.purged': 'apache2:\n  pkg.purged: []\n',
  'pkgrepo.absent': 'node:\n  pkgrepo.absent:\n    - name: deb https://deb.example.org/node_22.x nodistro main\n',
  'rsync.synchronized': '/srv/site:\n  rsync.synchronized:\n    - source: /srv/build/\n    - delete: true\n',
  'service.dead': 'apache2:\n  service.dead:\n    - enable: false\n',
  'service.enabled': 'nginx:\n  service.enabled: []\n',
  'service.disabled': 'apache2:\n  service.disabled: []\n',
  'ssh_auth.absent': 'bob:\n  ssh_auth.absent:\n    - name: ssh-ed25519 AAAAC3Nza bob@example.org\n    - user: ann\n',
  'ssh_known_hosts.present':
    'git.example.org:\n  ssh_known_hosts.present:\n    - user: ann\n    - enc: ed25519\n    - key: AAAAC3NzaC1lZDI1NTE5AAAAILoiW5iV6vte0B6lMgUnydmGtwuPx1TujnaTy4G3YNFW\n',
  'ssh_known_hosts.absent': 'git.example.org:\n  ssh_known_hosts.absent:\n    - user: ann\n',
  'timezone.system': 'Europe/Berlin:\n  timezone.system: []\n',
  'user.absent': 'bob:\n  user.absent:\n    - purge: true\n',
  'test.fail_without_changes': 'stop:\n  test.fail_without_changes:\n    - failhard: true\n',
  'test.fail_with_changes': 'pretend:\n  test.fail_with_changes: []\n',
  'virtualenv.manage': '/srv/app/venv:\n  virtualenv.manage:\n    - python: python3\n',
  'webutil.user_absent': 'bob:\n  webutil.user_absent:\n    - htpasswd_file: /etc/nginx/passwords\n',
}
