# Recipes for those who have `just`; each line is an ordinary command.

bench_python := "target/bench-venv/bin/python"

# List the recipes
default:
    @just --list

# Audit the shipped sample
run date="2023-12-31":
    cargo run -- run enrollment-audit --date {{ date }}

# All tests
test:
    cargo test

# Formatting and lints
lint:
    cargo fmt --check
    cargo clippy --all-targets -- -D warnings

# Everything that has to hold before a change goes in
ci:
    .ci/run

# canbao beside its peers, on the same files in turn
bench persons="1000000" runs="5":
    cargo build --release
    python3 -m venv target/bench-venv
    {{ bench_python }} -m pip install --quiet -r bench/peers/requirements.txt
    {{ bench_python }} bench/run.py --persons {{ persons }} --runs {{ runs }}

# canbao beside DuckDB on settlements
bench-settlement rows="20000000" runs="5":
    cargo build --release
    python3 -m venv target/bench-venv
    {{ bench_python }} -m pip install --quiet -r bench/peers/requirements.txt
    {{ bench_python }} bench/run.py --what settlement --rows {{ rows }} --runs {{ runs }}

# Every figure that has an aim, in one table; `just bench-table --scale 0.01 --runs 1` tries it
bench-table *options="--tidy":
    cargo build --release
    python3 -m venv target/bench-venv
    {{ bench_python }} -m pip install --quiet -r bench/peers/requirements.txt
    python3 -m venv target/openfisca-venv
    target/openfisca-venv/bin/python -m pip install --quiet -r bench/peers/requirements-openfisca.txt
    {{ bench_python }} bench/table.py --openfisca target/openfisca-venv/bin/python {{ options }}

# A synthetic county in UTF-8 CSV
sample dir persons="10000" seed="1":
    cargo run --release -- sample {{ dir }} --persons {{ persons }} --seed {{ seed }} --region 340322 --plain

# The README's two commands in a fresh clone of what is committed
fresh:
    #!/usr/bin/env bash
    set -euo pipefail
    clone=$(mktemp -d)
    trap 'rm -rf "$clone"' EXIT
    git clone --quiet . "$clone"
    cd "$clone"
    time cargo run -- run enrollment-audit --date 2023-12-31
    time cargo test
