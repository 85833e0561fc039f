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
}
