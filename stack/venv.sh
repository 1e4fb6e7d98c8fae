#!/bin/sh
# Makes .venv ready: the first Python that is new enough, and what the lock file names. Does nothing when that is so.
#   stack/venv.sh requirements.txt       what the stack runs on
#   stack/venv.sh requirements-dev.txt   that, and what proves the project
# pip obeys the caller's own configuration. A copy of the lock file inside .venv, written last, says what is complete.
set -eu
cd "$(dirname "$0")/.."
lock_file=$1
holder=.venv.lock
unset PYTHONPATH PYTHONHOME

fail() {
  printf 'fogbank: %s\n' "$*" >&2
  exit 1
}

is_ready() {
  [ -x .venv/bin/python ] && cmp -s "$lock_file" ".venv/complete-$lock_file"
}

# Whether the process of that number is a maker at work. After a restart of the machine the number may be another program's.
is_maker() {
  kill -0 "$1" 2>/dev/null || return 1
  doing=$(ps -p "$1" -o args= 2>/dev/null) || return 0 # no ps, or one that cannot say
  case $doing in *venv.sh*) ;; *) return 1 ;; esac
}

# One at a time: a folder can be made only once. The maker's number in it tells a live maker from a dead one; a maker
# that was killed, or whose machine lost its power, before the number was there is given some seconds.
take_turn() {
  told=
  nameless=0
  until mkdir "$holder" 2>/dev/null; do
    [ -d "$holder" ] || fail "$(pwd) cannot be written to: mend its permissions, or clone into a folder of yours"
    owner=$(cat "$holder/pid" 2>/dev/null || true)
    [ -n "$owner" ] && nameless=0 || nameless=$((nameless + 1))
    if [ "$nameless" -gt 10 ] || { [ -n "$owner" ] && ! is_maker "$owner"; }; then
      nameless=0
      mv "$holder" "$holder.$$" 2>/dev/null && rm -rf "$holder.$$"
      continue
    fi
    [ -n "$told" ] || printf 'fogbank: another make is setting up .venv; waiting for it\n'
    told=yes
    sleep 1
  done
  trap 'rm -rf "$holder"' EXIT
  trap 'exit 130' INT TERM HUP
  echo $$ >"$holder/pid"
}

find_python() {
  found=
  for name in python3.13 python3.12 python3.11 python3 python; do
    version=$("$name" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    found="$found $name is $version;"
    "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || continue
    "$name" -c 'import ensurepip, venv' 2>/dev/null || { found="$found (without venv: install python3-venv)"; continue; }
    return
  done
  fail "Python 3.11 or newer is needed, and was not found (${found:- there is none at all}). Install it, then run make again"
}

install() {
  if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    find_python
    printf 'fogbank: making .venv with %s (%s)\n' "$name" "$version"
    rm -rf .venv
    "$name" -m venv .venv || fail ".venv could not be made; on Debian and Ubuntu: apt install python3-venv"
  fi
  rm -f .venv/complete-*
  printf 'fogbank: installing %s; once, about a minute\n' "$lock_file"
  quiet=--quiet
  [ -t 1 ] && quiet=
  PIP_USER=0 PIP_USE_PEP517=1 PIP_DISABLE_PIP_VERSION_CHECK=1 .venv/bin/python -m pip install $quiet --no-input --require-hashes -r "$lock_file" ||
    fail "the packages could not be installed (see above): is the package index reachable? Run make again once it is"
  # The longer list holds the shorter one.
  [ "$lock_file" = requirements.txt ] || cp requirements.txt .venv/complete-requirements.txt
  cp "$lock_file" ".venv/complete-$lock_file.new" && mv ".venv/complete-$lock_file.new" ".venv/complete-$lock_file"
}

is_ready && exit 0
take_turn
is_ready || install
