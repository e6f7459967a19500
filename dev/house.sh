# shellcheck shell=bash
# What the scripts of this folder share. Sourced by them, never run.

set -euo pipefail

# shellcheck disable=SC2034  # the scripts that source this use it
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
script="dev/${0##*/}"
step_log=""
tests_folder=""
tests_beside=""

clean_up() {
    if [[ -n "$tests_beside" ]]; then
        kill -- "-$tests_beside" 2>/dev/null || true
        wait "$tests_beside" || true
    fi
    [[ -z "$step_log" ]] || rm -f "$step_log"
    [[ -z "$tests_folder" ]] || rm -rf "$tests_folder"
}
trap clean_up EXIT

fail() {
    printf '%s: %s\n' "$script" "$*" >&2
    exit 1
}

# A mistake in how the script was called.
misuse() {
    printf '%s: %s; see %s --help\n' "$script" "$*" "$script" >&2
    exit 64
}

# Prints the comment at the top of the script that is running.
help() {
    sed -n '2,/^$/{s/^# \{0,1\}//;p}' "$0"
    exit 0
}

step_done() { # name seconds [remark]
    local took="${2} s"
    (($2 < 60)) || took="$(($2 / 60)) min $(($2 % 60)) s"
    printf '==> %-10s (%s)%s\n' "$1" "$took" "${3:+  $3}"
}

# step <name> <command...>: one line when it is done; its output only if it fails.
step() {
    local name="$1" begin="$SECONDS" status=0
    shift
    step_log="$(mktemp)"
    [[ ! -t 1 ]] || printf '==> %-10s …\r' "$name"
    "$@" </dev/null >"$step_log" 2>&1 || status=$?
    if ((status != 0)); then
        cat "$step_log" >&2
        fail "$name failed with status $status: $(printf '%q ' "$@")"
    fi
    rm -f "$step_log"
    step_log=""
    step_done "$name" "$((SECONDS - begin))"
}

# What tests talk to for real, once. A machine without it has fewer tests, not failing ones; with
# KERNEL_TEST_PEERS=1 they fail, with 0 nothing is fetched.
fetch_peers() {
    local log why
    [[ "${KERNEL_TEST_PEERS:-}" != 0 ]] || return 0
    "$root/dev/peers" --print >/dev/null 2>&1 && return
    # pip tries no longer than this; 160 MB may take their time.
    if log="$(timeout 900 "$root/dev/peers" 2>&1 >/dev/null)"; then
        echo "==> peers      fetched, for this and later runs"
    else
        why="$(grep -E '^(ERROR|dev/peers): ' <<<"$log" | head -1)"
        echo "==> peers      skipped: ${why:-PyPI was too slow}"
    fi
}

# Tests of these targets wait for programs most of the time: they run beside all others.
beside='^(Calls|Peers|Development|ModuleKit|Sandbox|Residence|Generations|Workers)Tests\.'

# test_process <folder> <arguments of swift test...>: tests of what has been built, one after the
# other: many of them measure themselves against deadlines. Hides the start and the success of single
# tests and keeps the rest.
test_process() {
    local noise='^(◇ (Test|Suite|Passing)|✔ Test (case|"|[^r])|\[[0-9]+/[0-9]+\])'
    mkdir "$tests_folder/$1"
    # Tests that are another user for a while have to get through it.
    chmod 711 "$tests_folder" "$tests_folder/$1"
    TMPDIR="$tests_folder/$1" swift test --skip-build --ignore-lock --no-parallel --disable-xctest \
        "${@:2}" </dev/null 2>&1 | { grep --line-buffered -vE "$noise" || true; }
}

# run_tests [--all] <arguments of swift test...>: all tests are shared by two processes. A test that
# leaves a file behind fails the run.
run_tests() {
    local begin="$SECONDS" status=0 verdict="passed" left
    tests_folder="$(mktemp -d "${TMPDIR:-/tmp}/kernel.XXXXXX")"
    # Should the tests themselves crash: where, and not the stacks of a hundred threads that sleep.
    export SWIFT_BACKTRACE="${SWIFT_BACKTRACE:-threads=crashed,images=none,registers=none}"
    if [[ "${1:-}" == --all ]]; then
        shift
        # In a group of its own, since what runs in the background does not hear Ctrl-C.
        set -m
        test_process 1 --filter "$beside" "$@" &
        tests_beside="$!"
        set +m
        test_process 2 --skip "$beside" "$@" || status="$?"
        wait "$tests_beside" || status="$?"
        tests_beside=""
    else
        test_process 1 "$@" || status="$?"
    fi
    # The Swift package manager keeps its locks there and leaves a folder at each call.
    left="$(find "$tests_folder" -mindepth 2 -maxdepth 2 ! -name 'TemporaryDirectory.*' \
        ! -name '_*.lock' ! -name 'swift-generated-sources' -printf ' %f')"
    if [[ -n "$left" ]]; then
        printf 'Tests left files behind in the temporary folder:%s\n' "$left"
        ((status)) || status=1
    fi
    ((status == 0)) || verdict="failed"
    step_done "tests" "$((SECONDS - begin))" "$verdict"
    return "$status"
}

# Puts the toolchain on PATH. A shell that is no login shell often lacks it.
find_swift() {
    local folder
    command -v swift >/dev/null && return
    for folder in "${HOME:-/nonexistent}/.local/share/swiftly/bin" /opt/swift/usr/bin \
        /usr/local/swift/usr/bin /usr/share/swift/usr/bin; do
        if [[ -x "$folder/swift" ]]; then
            export PATH="$PATH:$folder"
            return
        fi
    done
    return 1
}

find_swift || true
