# post-receive. Where the push was announced, somebody stands ready who has started already (helper.pl); else Perl is started
# here. Set by the hook file that reads this: $corpus the package, $root, $name, $kind.
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
/usr/bin/perl "$corpus/src/hooks/hook.pl" "$corpus" "$root" "$name" "$kind" post-receive "$PPID"
status=$?
[ "$status" -ne 0 ] || exit 0
# Who failed has said so. Who died before that, or could not start, has not: that push failed, too.
[ -z "${CORPUS_VERDICT-}" ] || [ ! -e "$CORPUS_VERDICT" ] || exit "$status"
[ -z "${CORPUS_VERDICT-}" ] || { echo 1 > "$CORPUS_VERDICT"; } 2> /dev/null
case $status in
  126 | 127)
    echo "corpus: the hook could not be run (status $status): \`corpus doctor\` says what is missing" >&2
    # Nobody was asked to deploy it: the branch goes back at once, and pushed again it deploys.
    mark=$root/projects/$name/deployments/moving.$PPID
    [ ! -d "$soon" ] || mark=$soon/blank.0
    if [ -f "$mark" ] && read -r old new of ref < "$mark" && [ "$of" = "$kind" ]; then
      case $old in
        *[!0]*) git update-ref -m 'corpus: the hook could not be run' "$ref" "$old" "$new" ;;
        *) git update-ref -d "$ref" "$new" ;;
      esac && echo "corpus: nothing was deployed, and ${ref#refs/heads/} is what it was: push again" >&2
    fi
    ;;
  *) [ -z "${CORPUS_VERDICT-}" ] || echo "corpus: no word came that the deployment ended well; \`corpus status $name\` says what runs" >&2 ;;
esac
exit "$status"
