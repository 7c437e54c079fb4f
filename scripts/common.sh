# shellcheck shell=bash
# Sourced by the scripts of this folder, never run: messages, tool checks and private Python environments.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '\n== %s\n' "$*"; }
note() { printf 'NOTE: %s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

need_compilers() {
    command -v cargo >/dev/null ||
        fail "cargo is missing. Install Rust 1.89 or newer (https://rustup.rs), then run this again."
    command -v cc >/dev/null ||
        fail "a C compiler is missing; SQLite is built from source. On Debian: apt-get install gcc libc6-dev"
}

# Prints the interpreter to use. PYTHON=... chooses another one than the first that is found.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    fail "no Python 3.11 or newer was found (looked for: ${PYTHON:-python3.11 python3})." \
        "On Debian: apt-get install python3 python3-venv"
}

# venv DIR REQUIREMENTS...: a private environment with those packages; nothing to do when it has them already.
venv() {
    local dir=$1 python version wanted
    shift
    python=$(find_python)
    version=$("$python" -VV)
    wanted="$version"$'\n'"$(cat "$@")"
    [ "$(cat "$dir/.installed" 2>/dev/null)" = "$wanted" ] && return
    say "Python environment in $dir"
    if [ "$(cat "$dir/.python" 2>/dev/null)" != "$version" ]; then
        "$python" -m venv --clear "$dir" ||
            fail "$python cannot make an environment. On Debian: apt-get install python3-venv"
        printf '%s\n' "$version" >"$dir/.python"
    fi
    "$dir/bin/python" -m pip install --quiet "${@/#/--requirement=}"
    printf '%s\n' "$wanted" >"$dir/.installed"
}

# use_venv DIR: its tools come first, and the binding is built for its interpreter. These are the variables that maturin sets:
# cargo has to see the same ones, or each would rebuild what the other has built.
use_venv() {
    VIRTUAL_ENV="$PWD/$1"
    PATH="$VIRTUAL_ENV/bin:$PATH"
    PYO3_PYTHON="$VIRTUAL_ENV/bin/python"
    PYO3_BUILD_EXTENSION_MODULE=1
    PYO3_ENVIRONMENT_SIGNATURE=$("$PYO3_PYTHON" -c \
        'import sys; v = sys.version_info; print(f"{sys.implementation.name}-{v[0]}.{v[1]}-{sys.maxsize.bit_length() + 1}bit")')
    export VIRTUAL_ENV PATH PYO3_PYTHON PYO3_BUILD_EXTENSION_MODULE PYO3_ENVIRONMENT_SIGNATURE
}

# install_release DIR: the package as a user gets it (a release wheel) in that environment; skipped when no source is newer.
install_release() {
    local stamp=$1/.release
    if [ -f "$stamp" ] &&
        [ -z "$(find crates python/ommi Cargo.toml Cargo.lock pyproject.toml -name '*.so' -prune -o \
            -type f ! -name '*.pyc' -newer "$stamp" -print -quit)" ]; then
        return
    fi
    say "Building the package (a first build takes a few minutes)"
    touch "$stamp.started"
    rm -rf "$1/wheels"
    "$1/bin/maturin" build --quiet --release --interpreter "$PWD/$1/bin/python" --out "$1/wheels"
    "$1/bin/python" -m pip install --quiet --no-index --no-deps --force-reinstall "$1"/wheels/*.whl
    mv "$stamp.started" "$stamp"
}
