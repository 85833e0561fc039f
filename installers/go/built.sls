# The binaries. No stamp of the repository: a release's tree is not one. Flags of the project's own count beside ours.
{%- set app = salt['mc_project.application']() %}
{%- set env = app.environment %}
{%- do env.update({'GOCACHE': app.cache ~ '/go-build', 'GOMODCACHE': app.cache ~ '/go-modules', 'GOFLAGS': ('-modcacherw -buildvcs=false ' ~ env.get('GOFLAGS', ''))|trim}) %}
{%- set named = [{'package': cfg.go.package, 'name': 'app'}] if cfg.go.package else (cfg.go.programs or [{'package': '.', 'name': 'app'}]) %}
{%- if cfg.go.package %}{% do cfg.setdefault('processes', {}).update({'web': 'bin/app'}) %}{% endif %}
{%- for program in named %}
program-{{ program.name }}:
  cmd.run:
    - name: {{ ('go build ' ~ cfg.go.flags ~ ' -o bin/' ~ program.name ~ ' ' ~ program.package)|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
{%- endfor %}
