#!/bin/sh
# run.sh FOLDER [PART...]: builds the recorder for engines and its test programs in FOLDER, and runs them.
#
# Parts: plain (everything, against the library as it is installed, dynamic and static), address and thread (the programs that provoke errors and
# races, under the sanitizers), kills, benchmark. All but the benchmark where none is named. Exit status 1 at the first that fails.
set -eu
[ $# -ge 1 ] || { echo "usage: run.sh FOLDER [plain|address|thread|kills|benchmark]..." >&2; exit 64; }
tests=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$tests/../.." && pwd)
mkdir -p "$1"
folder=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- plain address thread kills
cc=${CC:-cc}
cxx=${CXX:-c++}

# build NAME FLAGS: the library with the flags, in FOLDER/NAME.
library() {
    CFLAGS=$2 "$root/Scripts/build-recorder" "$folder/$1"
}

# program LIBRARY FLAGS PROGRAM: linked with the static library.
program() {
    wrap=
    [ "$3" != pressure ] || wrap=-Wl,--wrap=write
    # shellcheck disable=SC2086
    $cc -std=gnu11 -O1 -g -Wall -Wextra -Wno-format-truncation -Werror $2 -I"$folder/$1/include" -I"$tests" "$tests/$3.c" \
        -o "$folder/$1/$3" "$folder/$1/lib/liblumon_recorder.a" $wrap -lz -lm -pthread
}

pressure() { # LIBRARY FRAMES RING DELAY
    rm -f "$folder/$1/pressure.mcap"
    "$folder/$1/pressure" "$folder/$1/pressure.mcap" "$2" "$3" "$4" 7
    if python3 -c 'import mcap, google.protobuf' 2>/dev/null; then
        set -- "$1" $("$folder/$1/pressure" "$folder/$1/again.mcap" "$2" "$3" "$4" 9)
        python3 "$tests/check-pressure.py" "$folder/$1/again.mcap" "$3" "$7"
        rm -f "$folder/$1/again.mcap"
    fi
}

for part in "$@"; do
    echo "== $part"
    case $part in
    plain)
        library plain ""
        for name in record-calls misuse pressure allocations files; do program plain "" "$name"; done
        rm -rf "$folder/plain/out"
        mkdir "$folder/plain/out"
        (
            cd "$folder/plain/out"
            ../record-calls "$tests/sample.calls" calls.mcap
            ../misuse misuse.mcap
            ../allocations allocations.mcap
            mkdir files
            ../files files
        )
        pressure plain 3000 65536 300
        # As a program of somebody else's finds it: through pkg-config, the dynamic library.
        PKG_CONFIG_PATH=$folder/plain/lib/pkgconfig
        export PKG_CONFIG_PATH
        # shellcheck disable=SC2046
        $cxx -std=c++17 -Wall -Wextra -Wpedantic -Werror "$root/Sources/CRecorder/example/example.cpp" -o "$folder/plain/example" \
            $(pkg-config --cflags --libs lumon-recorder)
        LD_LIBRARY_PATH=$folder/plain/lib "$folder/plain/example" "$folder/plain/out/example.mcap"
        if python3 -c 'import xxhash' 2>/dev/null; then
            python3 "$tests/digests-random.py" "$folder/plain/lib/liblumon_recorder.so"
        else
            echo "skipped: the digests beside those of digests.py; no python3 with xxhash"
        fi
        # Nothing but the interface is visible.
        if nm -D --defined-only "$folder/plain/lib/liblumon_recorder.so" | grep -v ' lr_'; then
            echo "the library shows symbols that are not lr_..." >&2
            exit 1
        fi
        ;;
    address | thread)
        flags="-fsanitize=$part -fno-omit-frame-pointer -g"
        [ "$part" = thread ] || flags="$flags -fsanitize=undefined -fno-sanitize-recover=all"
        library "$part" "$flags"
        for name in record-calls misuse pressure files; do program "$part" "$flags" "$name"; done
        rm -rf "$folder/$part/out"
        mkdir -p "$folder/$part/out/files"
        (
            cd "$folder/$part/out"
            ../record-calls "$tests/sample.calls" calls.mcap
            ../misuse misuse.mcap
            ../files files
        )
        pressure "$part" 3000 65536 300
        ;;
    kills)
        library plain ""
        program plain "" forever
        rm -rf "$folder/plain/kills"
        mkdir "$folder/plain/kills"
        python3 "$tests/kills.py" "$folder/plain/forever" "$folder/plain/kills"
        ;;
    benchmark)
        library plain ""
        $cc -std=c11 -O2 -Wall -Wextra -Werror -I"$folder/plain/include" "$root/Benchmarks/RecorderBenchmark/benchmark.c" \
            -o "$folder/plain/benchmark" "$folder/plain/lib/liblumon_recorder.a" -lz -pthread
        rm -f "$folder/plain/benchmark.mcap"
        "$folder/plain/benchmark" "$folder/plain/benchmark.mcap"
        ;;
    *)
        echo "run.sh: there is no part '$part'" >&2
        exit 64
        ;;
    esac
done
