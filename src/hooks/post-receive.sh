# post-receive of a project. Where the push was announced, somebody stands ready who has started already (answer.pl);
# else Perl is started here. Set by the hook file that reads this: $corpus the package, $root, $name, $kind.
soon=$root/projects/$name/deployments/soon.$PPID
if [ -p "$soon/call" ]; then
  # Opened for reading and writing, a pipe never blocks; once only the other side can write into it, its death ends it.
  # What this one reads and prints moves while a builtin is redirected: 6 and 7 stay.
  {
    {
      exec 4>&-
      echo $$ >&3
      if read -r begun <&5 && [ "$begun" = begun ]; then
        read -r status <&5 && exit "$status"
        echo "corpus: nobody looks on any more; \`corpus status $name\` says what runs"
        [ -z "${CORPUS_VERDICT-}" ] || echo 1 > "$CORPUS_VERDICT"
        exit 1
      fi
    } 5< "$soon/end"
  } 3<> "$soon/call" 4<> "$soon/end" 6<&0 7>&1
fi 2> /dev/null
exec /usr/bin/perl "$corpus/src/hooks/hook.pl" "$corpus" "$root" "$name" "$kind" post-receive
