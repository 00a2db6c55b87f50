#!/bin/sh
# SPDX-License-Identifier: MIT
# test_slot_model.sh -- SPIN walks through every order of steps of slot.pml: the protocol holds,
# whoever is killed, and each mutant is refuted. Prints cmocka's lines.

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

passed=0
failed=0

# walk <options of the model>: prints "errors: N"; a space without errors was walked to its end, or
# messages says "not completed".
walk() {
    rm -f ./*
    # The words of $1 are options.
    # shellcheck disable=SC2086
    spin -a $1 "$here/slot.pml" > messages 2>&1 &&
        ${CC:-cc} -O2 -w -DSAFETY -DVECTORSZ=2048 -DMEMLIM=2000 -o pan pan.c >> messages 2>&1 &&
        ./pan -m1000000 >> messages 2>&1
    grep -oE 'errors: [0-9]+' messages
}

check() { # check <holds|refuted> <name> <options>
    found=$(walk "$3")
    echo "[ RUN      ] $2"
    if { [ "$1" = holds ] && [ "$found" = "errors: 0" ] &&
        ! grep -qE 'not completed|too small' messages; } ||
        { [ "$1" = refuted ] && [ "$found" = "errors: 1" ] && grep -q 'assertion violated' messages; }; then
        passed=$((passed + 1))
        echo "[       OK ] $2"
    else
        failed=$((failed + 1))
        sed 's/^/    /' messages | head -30
        echo "[  FAILED  ] $2"
    fi
}

check holds the_protocol_holds_when_a_process_is_killed ""
check holds the_protocol_holds_when_two_are_killed -DKILLS=2
check holds the_protocol_holds_with_two_heartbeats_of_an_attempt -DBEATS=2
check holds the_protocol_holds_when_the_fork_server_is_killed -DKILL_SERVER
check holds the_protocol_holds_when_the_worker_is_killed -DKILL_WORKER
check refuted a_task_claimed_without_a_comparison_is_refuted -DCLAIM_BY_STORE
check refuted a_task_taken_back_without_a_comparison_is_refuted -DREVOKE_BY_STORE
check refuted a_slot_reset_before_its_heartbeat_is_drained_is_refuted -DRESET_BEFORE_DRAIN
check refuted heartbeats_in_one_buffer_are_refuted "-DBEAT_IN_PLACE -DBEATS=2"

echo "[==========] $((passed + failed)) test(s) run."
echo "[  PASSED  ] $passed test(s)."
if [ "$failed" -gt 0 ]; then
    echo "[  FAILED  ] $failed test(s)."
    exit 1
fi
