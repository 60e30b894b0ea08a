#!/bin/bash
# Runs the command line tests of Debian's package ostree-tests against another
# ostree binary.
#
#   installed-tests.sh [-j JOBS] [-t SECONDS] [-k DIR] OSTREE [SCRIPT...]
#
# OSTREE is the binary to judge. SCRIPTs are names such as test-refs; the
# default is all that judge command lines, but not programs written in C or
# JavaScript, FUSE or real USB sticks. Those for admin demand the names that boot
# entries had before release 2024.5: newer programs are told so by
# OSTREE_SYSROOT_OPTS.
# JOBS run at the same time (2), each is killed after SECONDS (600). The
# output of every script stays in DIR/SCRIPT.log; without -k, DIR is temporary
# and removed if nothing failed.
#
# One line per script is printed: PASS, SKIP with the reason, KNOWN for those
# that cannot pass with the reason, or FAIL with the end of the output; then the
# totals. The status is 1 if one failed that is not known to.
set -u

tests=/usr/libexec/installed-tests/libostree
jobs=2 limit=600 logs=

while getopts j:t:k: opt; do
    case $opt in
    j) jobs=$OPTARG ;;
    t) limit=$OPTARG ;;
    k) logs=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))

# judged lists the scripts that call the ostree command.
judged() {
    local script name
    for script in "$tests"/test-*.sh "$tests"/test-concurrency.py; do
        name=${script##*/}
        case $name in
        test-rofiles-fuse.sh | test-demo-buildsystem.sh) ;; # rofiles-fuse
        test-repo-finder-mount-integration.sh) ;;           # a USB stick
        test-find-remotes.sh | test-create-usb.sh) ;;       # repository finders
        *) echo "${name%.*}" ;;
        esac
    done
}

# known NAME prints why a script of version 2022.7 fails with a program that
# follows 2026.4 and lacks the finders, or with every program; nothing for all
# others.
known() {
    case $1 in
    test-pull-collections) echo "calls find-remotes, which is not supported" ;;
    test-pull-localcache) echo "counts a missing .commitmeta as fetched metadata; newer versions do not" ;;
    test-pull-large-metadata) echo "expects a limit of 10 MiB for metadata objects; it is 128 MiB now" ;;
    test-switchroot) echo "runs the installed prepare-root where the libraries are missing that Debian links it to, with a busybox that did not list itself" ;;
    esac
}

# run_one NAME runs one script in a directory of its own.
run_one() {
    local name=$1 work script status reason
    script=$tests/$name.sh
    [ -e "$script" ] || script=$tests/$name.py
    [ -e "$script" ] || { echo "FAIL $name: no such script"; return; }
    work=$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXX")
    (
        cd "$work" || exit 99
        exec env -u OSTREE_REPO -u OSTREE_SYSROOT -u SOURCE_DATE_EPOCH PATH="$bin:$PATH" LC_ALL=C.UTF-8 TZ=UTC \
            OSTREE_SYSROOT_OPTS=bootloader-naming-1 \
            G_TEST_SRCDIR="$tests" G_TEST_BUILDDIR="$tests" timeout -k 10 "$limit" "$script"
    ) >"$logs/$name.log" 2>&1 </dev/null
    status=$?
    if [ $status -ne 0 ]; then
        [ $status -eq 124 ] && echo "timed out after $limit s" >>"$logs/$name.log"
        reason=$(known "$name")
        if [ -n "$reason" ]; then
            echo "KNOWN $name: $reason"
        else
            echo "FAIL $name ($status)"
        fi
        grep -vE '^(gpg-connect-agent: |OK closing connection)' "$logs/$name.log" | tail -n "${TAIL:-4}" | sed 's/^/     | /'
    elif reason=$(grep -m1 -E '^1\.\.0 *#' "$logs/$name.log"); then
        echo "SKIP $name:${reason#*SKIP}"
    else
        echo "PASS $name"
    fi
    chmod -R u+rwX "$work"
    rm -rf "$work"
}

[ $# -ge 1 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2; }
[ -d "$tests" ] || { echo "$tests is missing: install the package ostree-tests" >&2; exit 2; }
ostree=$(readlink -f "$1")
[ -x "$ostree" ] || { echo "$1 is not a program" >&2; exit 2; }
shift

bin=$(mktemp -d)
results=$(mktemp)
keep=1
[ -n "$logs" ] || { logs=$(mktemp -d); keep=0; }
mkdir -p "$logs"
trap 'rm -rf "$bin" "$results"' EXIT
ln -s "$ostree" "$bin/ostree"
export -f run_one known
export tests bin logs limit

if [ $# -gt 0 ]; then printf '%s\n' "$@"; else judged; fi |
    sed 's/\.\(sh\|py\)$//' | xargs -P "$jobs" -I{} bash -c 'run_one {}' | tee "$results"

passed=$(grep -c '^PASS' "$results")
failed=$(grep -c '^FAIL' "$results")
skipped=$(grep -c '^SKIP' "$results")
known=$(grep -c '^KNOWN' "$results")
echo "$((passed + failed + skipped + known)) scripts: $passed passed, $failed failed, $known known to fail, $skipped skipped"
if [ "$failed" -gt 0 ]; then
    echo "logs are in $logs"
    exit 1
fi
[ $keep -eq 1 ] || rm -rf "$logs"
