#!/bin/bash
# Runs libFuzzer over every harness, or merges what it found into the kept corpora.
#
# usage: B=build-fuzz [FUZZ_SECONDS=600] tests/fuzz/run.sh fuzz|merge [NAME...]
# New inputs go to $B/corpus/NAME, findings to $B/findings/NAME-*; kept corpora are
# tests/fuzz/corpus/NAME. Ends with "N passed, N failed, N skipped": a harness without a finding passes.
set -u
cd "$(dirname "$0")/../.." || exit 70
B=${B:-build-fuzz}
mode=${1:?fuzz or merge}
shift
passed=0 failed=0

# Where one harness gets its first inputs from besides its kept corpus: the generated documents.
seeds() {
    case $1 in
    cms) echo cms chain mail odd lt ;;
    jws) echo jws ;;
    mime) echo mail ;;
    xml) echo xml odd ;;
    tst) echo tst ;;
    ers) echo ers ;;
    pdf) echo pdf locked odd lt-pdf ;;
    crl) echo crl crl-odd crl-dated ;;
    ocsp) echo ocsp ;;
    cert) echo cert cert-forms ;;
    zip) echo zip ;;
    esac
}

for program in "$B"/fuzz/*; do
    [[ -x $program && ! -d $program && $program != *.d ]] || continue
    name=${program##*/}
    [[ $# == 0 || " $* " == *" $name "* ]] || continue
    kept=tests/fuzz/corpus/$name new=$B/corpus/$name
    mkdir -p "$kept" "$new" "$B/findings"
    folders=()
    for folder in $(seeds "$name"); do
        [[ -d build/gen/data/$folder ]] && folders+=("build/gen/data/$folder")
    done
    if [[ $mode == merge ]]; then
        small=$B/merged/$name
        rm -rf "$small" && mkdir -p "$small"
        "$program" -merge=1 -max_len=65536 "$small" "$kept" "$new" "${folders[@]}" \
            >"$B/merge-$name.log" 2>&1 || { echo "FAIL $name: see $B/merge-$name.log"; failed=$((failed + 1)); continue; }
        rm -rf "$kept" && cp -r "$small" "$kept"
        echo "$name: $(find "$kept" -type f | wc -l) inputs kept"
        passed=$((passed + 1))
        continue
    fi
    before=$(find "$B/findings" -name "$name-*" | wc -l)
    "$program" -max_total_time="${FUZZ_SECONDS:-600}" -timeout=25 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$B/findings/$name-" \
        "$new" "$kept" "${folders[@]}" >"$B/fuzz-$name.log" 2>&1
    status=$?
    runs=$(awk '/stat::number_of_executed_units/ { print $2 }' "$B/fuzz-$name.log")
    cover=$(awk '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") c = $(i + 1) } END { print c }' "$B/fuzz-$name.log")
    after=$(find "$B/findings" -name "$name-*" | wc -l)
    if ((status != 0 || after > before)); then
        echo "FAIL $name: exit $status, findings in $B/findings, log $B/fuzz-$name.log"
        grep -m 3 -E 'ERROR: |runtime error' "$B/fuzz-$name.log"
        failed=$((failed + 1))
    else
        echo "$name: ${runs:-?} runs, ${cover:-?} edges, no finding"
        passed=$((passed + 1))
    fi
done
echo "$passed passed, $failed failed, 0 skipped"
((failed == 0 && passed > 0))
