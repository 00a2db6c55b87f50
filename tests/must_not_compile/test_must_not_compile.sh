#!/bin/sh
# SPDX-License-Identifier: MIT
# test_must_not_compile.sh -- compiles each case twice, right and wrong, as C11 and as C++20.
#
# The right one must compile and the wrong one must not (see case.h). Compilers: gcc and clang, those
# that there are; C and C++ must each have one. A case may say in a comment of its own:
#   "Flags: ..."      more flags, both for right and wrong
#   "Language: C"     C++ takes the wrong one as an overload, and complains only when it links
#   "Unknown name"    what is wrong is a name that there is not
# Prints cmocka's lines.

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

passed=0
failed=0
failures=

result() { # result <name> <what is wrong, empty when nothing is>
    if [ -z "$2" ]; then
        echo "[       OK ] $1"
        passed=$((passed + 1))
    else
        echo "[  ERROR   ] --- $2"
        [ -s "$work/messages" ] && sed 's/^/    /' "$work/messages" | head -20
        echo "[  FAILED  ] $1"
        failed=$((failed + 1))
        failures="$failures$1
"
    fi
}

compile() { # compile <compiler> <language> <standard> <case> <flags...>
    compiler=$1 language=$2 standard=$3 source=$4
    shift 4
    "$compiler" -x "$language" -std="$standard" -I"$root/include" "$@" -c "$source" \
        -o "$work/object" >"$work/messages" 2>&1
}

wrong_for_the_right_reason() { # the wrong one names something that there is not: only where it is meant
    grep -q 'Unknown name' "$1" && return 0
    ! grep -Eq 'undeclared|not declared|implicit declaration' "$work/messages"
}

run_case() { # run_case <case> <compiler> <language> <standard>
    name="$(basename "$1" .c) ($2, $4)"
    flags=$(sed -n "s|^/\* Flags: \(.*\) \*/$|\1|p" "$1")
    echo "[ RUN      ] $name"
    # Flags are words, so they are not quoted.
    if ! compile "$2" "$3" "$4" "$1" $flags; then
        result "$name" "the right one does not compile:"
    elif compile "$2" "$3" "$4" "$1" $flags -DWRONG; then
        result "$name" "the wrong one compiles"
    elif ! wrong_for_the_right_reason "$1"; then
        result "$name" "the wrong one does not compile for another reason than it should:"
    else
        result "$name" ""
    fi
}

run_language() { # run_language <language> <standard> <compilers...>
    language=$1 standard=$2
    shift 2
    found=
    for compiler; do
        command -v "$compiler" >/dev/null 2>&1 || continue
        found=yes
        for source in "$here"/cases/*.c; do
            [ "$language" = c++ ] && grep -q 'Language: C' "$source" && continue
            run_case "$source" "$compiler" "$language" "$standard"
        done
    done
    if [ -z "$found" ]; then
        : >"$work/messages"
        echo "[ RUN      ] a compiler for $language"
        result "a compiler for $language" "none of $* is installed"
    fi
}

echo "[==========] must_not_compile: Running the cases."
run_language c c11 gcc clang
run_language c++ c++20 g++ clang++
echo "[==========] must_not_compile: $((passed + failed)) test(s) run."
echo "[  PASSED  ] $passed test(s)."
if [ "$failed" -gt 0 ]; then
    echo "[  FAILED  ] $failed test(s), listed below:"
    printf '%s' "$failures" | sed 's/^/[  FAILED  ] /'
    exit 1
fi
