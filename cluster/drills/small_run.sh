# Shared by drills of checkpoints: a run of a few seconds. Sourced, never run.
# shellcheck shell=bash

# shellcheck source=launch/common.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../launch/common.sh"
program=${VLM_DIST_PROGRAM:-$program}

# need_program: also mpirun, which a run on several ranks needs.
need_program() {
  [[ -x $program ]] || die "$EXIT_MISSING_INPUT" "there is no $program: run launch/build, or set VLM_DIST_PROGRAM"
  command -v mpirun >/dev/null || die "$EXIT_UNAVAILABLE" "no mpirun here: launch/packages installs it"
}

# make_world DIR: data and a recipe of a model of a few thousand numbers.
make_world() {
  "$program" data synth "$1/data" --pictures 24 --held-out 2 >/dev/null 2>&1 ||
    die "$EXIT_CANNOT_WRITE" "cannot write the data of the drill to $1"
  cat >"$1/recipe.yaml" <<'RECIPE'
seed: 7
model:
  vision:
    new: {model_type: siglip_vision_model, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 1,
          num_attention_heads: 2, image_size: 24, patch_size: 8, vision_use_head: false}
  connector: {new: {kind: mlp2x_gelu}}
  language:
    new: {model_type: llama, hidden_size: 32, intermediate_size: 48, num_hidden_layers: 1, num_attention_heads: 2,
          num_key_value_heads: 1, vocab_size: 400, tie_word_embeddings: true}
    tokenizer: data/tokenizer
data:
  captions: {format: llava, path: data/captions.json}
chat_template: chatml
stages:
  - name: align
    train: {vision: {lr: 1.0e-3}, connector: {lr: 1.0e-3}, language: {lr: 1.0e-3}}
    batch: {global: 8, micro: 2, max_tokens: 128}
    until: {steps: 10}
checkpoint: {every_steps: 2, keep: 2}
RECIPE
}

# train WORLD RUN RANKS [--set KEY=VALUE]...: the exit code is the run's; what it said is in RUN.log.
train() {
  local world=$1 run=$2 ranks=$3 options
  shift 3
  mapfile -t options < <("$checkout/cluster/mpirun-options" "$ranks")
  mpirun "${options[@]}" --oversubscribe -n "$ranks" "$program" train "$world/recipe.yaml" --run "$run" "$@" \
    >"$run.log" 2>&1 </dev/null
}

# losses RUN: step, loss and norm of every step, as they were printed.
losses() { grep -oE '"(step|loss|grad_norm)": ?[^,}]+' "$1/metrics.jsonl"; }

# same_losses RUN OTHER: yes or NO, for a table.
same_losses() { if cmp -s <(losses "$1") <(losses "$2"); then echo yes; else echo NO; fi; }

# said LOG: the program's own first sentence in it.
said() { grep -m 1 '^vlm-dist: ' "$1" | cut -c 11- || true; }
