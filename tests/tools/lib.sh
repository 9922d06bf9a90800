# What .ci/run and the scripts in this folder share: stages with their times, a list of what was skipped, and servers that
# end with the script. Source it at the top of the repository.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/atdd-payments
# One target directory for all scripts and all checkouts, so that the next run is quick.
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
export SAM_CLI_TELEMETRY=0
skipped=()
children=()
trap end_children EXIT

end_children() {
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
}

stage() {
  local name=$1 start=$SECONDS
  shift
  printf '\n=== %s\n' "$name"
  "$@"
  printf '=== %s: %d s\n' "$name" $((SECONDS - start))
}

skip() {
  skipped+=("$1")
}

# The last lines of a script.
summary() {
  printf '\nAll stages: %d s\nSkipped: %d\n' "$SECONDS" "${#skipped[@]}"
  for what in "${skipped[@]}"; do printf '  %s\n' "$what"; done
}

# Installs a tool from crates.io, in this version. In debug, because building takes longer than running it.
install_crate() {
  cargo install --quiet --locked --debug --root "$cache/tools" --version "$2" "$1"
  export PATH="$cache/tools/bin:$PATH"
}

free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Waits until a URL answers, with any status; fails if the process that should serve it has ended.
answers() {
  local url=$1 child=$2
  for _ in $(seq 300); do
    if curl --silent --output /dev/null --max-time 5 "$url"; then return; fi
    kill -0 "$child" || { echo "the server at $url ended before it answered"; return 1; }
    sleep 0.2
  done
  echo "nothing answers at $url"
  return 1
}

# A local server on a free port, with the options given. Sets $base_url, $dynamodb_url, and $server to its process.
start_server() {
  local log
  log=$(mktemp)
  cargo run --quiet --locked -- --port 0 "$@" >"$log" &
  server=$!
  children+=("$server")
  while ! grep --quiet Ctrl-C "$log"; do
    kill -0 "$server" || { echo "the local server ended before it was ready"; return 1; }
    sleep 0.2
  done
  base_url=$(sed -n 's/^payments: *//p' "$log")
  dynamodb_url=$(sed -n 's/^dynamodb: *//p' "$log")
}

# Runs the acceptance features against a URL.
features_against() {
  local url=$1 log
  log=$(mktemp)
  PAYMENTS_BASE_URL=$url PAYMENTS_SECRET_KEY=test_sk_dummy cargo test --locked --package payments-tests --test acceptance >"$log" 2>&1 ||
    { cat "$log"; return 1; }
  tail -n 4 "$log"
}
