# The binary. No stamp of the repository: a release's tree is not one. Flags of the project's own count beside ours.
{%- set app = salt['mc_project.application']() %}
{%- set env = app.environment %}
{%- do env.update({'GOCACHE': app.cache ~ '/go-build', 'GOMODCACHE': app.cache ~ '/go-modules', 'GOFLAGS': ('-modcacherw -buildvcs=false ' ~ env.get('GOFLAGS', ''))|trim}) %}
application-built:
  cmd.run:
    - name: {{ ('go build ' ~ cfg.go.flags ~ ' -o bin/app ' ~ cfg.go.package)|json }}
    - cwd: {{ app.folder|json }}
    - runas: {{ app.user|json }}
    - env: {{ env|json }}
