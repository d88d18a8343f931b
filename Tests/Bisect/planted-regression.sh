#!/usr/bin/env bash
# A regression that is planted into the history of this repository, found by Scripts/bisect, which builds each revision that it tries.
#
#   Tests/Bisect/planted-regression.sh FOLDER    works in FOLDER, which must not be there; takes a quarter of an hour
#
# Of twelve commits the eighth lets a queued probe wait one frame longer; two before it do not build, one has no trace.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=${1:?a folder that is not there}
[ ! -e "$folder" ] || { echo "error: $folder is there" >&2; exit 64; }
mkdir -p "$folder"
git clone -q . "$folder/lumon-replay"
cd "$folder/lumon-replay"
git config user.name Somebody
git config user.email somebody@example.org
stage=Sources/Streaming/Stages/SelectStage.swift
culprit=
for number in 1 2 3 4 5 6 7 8 9 10 11 12; do
  echo "Change $number." >>README.md
  case $number in
    4) echo 'let notASentence = ' >>"$stage" ;;
    6) sed -i "/notASentence/d" "$stage" ;;
    8) sed -i "s/age >= Model.queueExpiryFrames else/age > Model.queueExpiryFrames else/" "$stage" ;;
    10) git mv Traces/crowded-flight.mcap Traces/other.mcap ;;
    11) git mv Traces/other.mcap Traces/crowded-flight.mcap ;;
  esac
  git commit -qam "Change $number"
  if [ "$number" -eq 8 ]; then culprit=$(git rev-parse HEAD); fi
done
git diff --quiet HEAD~5 HEAD~4 -- "$stage" && { echo "error: nothing was planted" >&2; exit 70; }
before=$(git status --porcelain --branch; git rev-parse HEAD)
Scripts/bisect HEAD~12 HEAD Traces/crowded-flight.mcap | tee answer.txt
grep -q "^first bad $culprit " answer.txt || { echo "error: it is $culprit" >&2; exit 1; }
grep -q "^state     $stage" answer.txt || { echo "error: the stage is not named" >&2; exit 1; }
rm answer.txt
[ "$before" = "$(git status --porcelain --branch; git rev-parse HEAD)" ] || { echo "error: the checkout has changed" >&2; exit 1; }
