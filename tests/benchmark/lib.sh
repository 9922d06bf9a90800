# What run and gate share. Source it after tests/toolchains/lib.sh.

benchmark=tests/benchmark/Cargo.toml

install_gungraun() {
  command -v valgrind >/dev/null || { echo "valgrind is missing: apt-get install valgrind"; return 1; }
  # It must be of the version that the lock file names.
  local version
  version=$(sed -n '/^name = "gungraun-runner"$/{n;s/version = "\(.*\)"/\1/p}' tests/benchmark/Cargo.lock)
  cargo install --quiet --locked --root "$cache/gungraun" --version "$version" gungraun-runner
  export GUNGRAUN_RUNNER=$cache/gungraun/bin/gungraun-runner
}

# Counts the instructions of a request, and writes them to a file as a JSON object, by its outcome.
count_instructions() {
  local counts=$1
  start_copy --dynamodb-port 0
  rm -rf "$CARGO_TARGET_DIR/gungraun"
  AWS_ENDPOINT_URL_DYNAMODB=$dynamodb_url cargo bench --profile quick --locked --manifest-path "$benchmark" --package instructions -- \
    --save-summary=json
  kill "$copy"
  python3 tests/benchmark/counts.py "$CARGO_TARGET_DIR/gungraun" >"$counts"
}
