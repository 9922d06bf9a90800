# What the scripts in this folder share. Source it at the top of the repository.

source tests/tools/lib.sh
benchmark=tests/tools/benchmark/Cargo.toml
quick=$CARGO_TARGET_DIR/quick

# Installs the tool that counts instructions. It needs valgrind.
install_gungraun() {
  command -v valgrind >/dev/null || { echo "valgrind is missing: apt-get install valgrind"; return 1; }
  # It must have the version in the lock file.
  local version
  version=$(sed -n '/^name = "gungraun-runner"$/{n;s/version = "\(.*\)"/\1/p}' tests/tools/benchmark/Cargo.lock)
  install_crate gungraun-runner "$version"
  export GUNGRAUN_RUNNER=$cache/tools/bin/gungraun-runner
}

# Writes the instructions of a request as a JSON object, by its outcome, into the file $1.
count_instructions() {
  start_server --dynamodb-port 0
  rm -rf "$CARGO_TARGET_DIR/gungraun"
  AWS_ENDPOINT_URL_DYNAMODB=$dynamodb_url cargo bench --profile quick --locked --manifest-path "$benchmark" \
    --package instructions -- --save-summary=json
  kill "$server"
  python3 tests/tools/benchmark/counts.py "$CARGO_TARGET_DIR/gungraun" >"$1"
}
