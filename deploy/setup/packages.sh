#!/bin/bash
# SPDX-License-Identifier: EUPL-1.2
# Finds out which operating-system packages are missing for building and running ("run"), also for testing ("test"), or for
# the audit too ("audit"), says what each is for, and installs them on a Debian-like system. Anywhere else, or without the
# rights, it prints exactly what to install and stops with exit code 1. When nothing is missing it changes nothing.
#
# usage: deploy/setup/packages.sh run|test|audit
set -euo pipefail

readonly OLDEST_RUST=1.94 OLDEST_NODE=20.19
missing_packages=()
missing_tools=()

main() {
    local purpose="${1:-}"
    case "$purpose" in
        run) needed_to_build ;;
        test) needed_to_build; needed_to_test ;;
        audit) needed_to_build; needed_to_test; needed_to_audit ;;
        *) echo "usage: $0 run|test|audit" >&2; exit 2 ;;
    esac
    stop_without_tools
    if ((${#missing_packages[@]})); then
        install_packages
    fi
}

needed_to_build() {
    need_tool Rust cargo "$OLDEST_RUST" "from https://rustup.rs, or your system's package of that version"
    need_tool Node.js node "$OLDEST_NODE" "from https://nodejs.org, with npm, or your system's package of that version"
    need_tool npm npm 9 "it comes with Node.js; some systems have it as a package of its own"
    need build-essential "the C compiler and linker: SQLite and the cryptography library are C" has_command cc
    need pkg-config "tells the build where libraries are" has_command pkg-config
    need libssl-dev "OpenSSL's headers, which the crate web-push is built against" has_library openssl
}

needed_to_test() {
    need postgresql "a throwaway PostgreSQL, on which the behaviour tests run a second time" has_postgresql
    need postfix "the real mail server that accepts, puts off, refuses and sends mail back" has_command postfix
    need dovecot-imapd "shows what came back by IMAP" has_dovecot
    need python3-dkim "checks signatures on mail by an implementation that is not ours" has_python_module dkim
    need openssl "makes the keys and certificates of the tests" has_command openssl
    if [[ "${INFORMA_BROWSER:-}" == skip ]]; then
        echo "INFORMA_BROWSER=skip is set: no real browser will receive a push in the tests."
    else
        need firefox-esr "the real browser that subscribes and receives pushes" has_firefox
    fi
}

needed_to_audit() {
    need chromium "the browser that Lighthouse drives" has_chromium
}

# need PACKAGE PURPOSE CHECK…: remembers the package unless the check says that what it brings is there.
need() {
    local package="$1" purpose="$2"
    shift 2
    "$@" && return
    missing_packages+=("$package")
    printf 'missing: %-16s %s\n' "$package" "$purpose"
}

# need_tool NAME COMMAND VERSION WHENCE: what this script does not install itself.
need_tool() {
    local name="$1" command="$2" oldest="$3" whence="$4" found
    if ! has_command "$command"; then
        missing_tools+=("$name $oldest or later, $whence")
        return
    fi
    found="$("$command" --version | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1)"
    if ! is_at_least "$oldest" "$found"; then
        missing_tools+=("$name $oldest or later (this is $found), $whence")
    fi
}

has_command() { command -v "$1" >/dev/null; }
has_library() { has_command pkg-config && pkg-config --exists "$1"; }
has_postgresql() { has_command initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_dovecot() { has_command dovecot && [[ -x /usr/lib/dovecot/imap ]]; }
has_python_module() { [[ -x /usr/bin/python3 ]] && /usr/bin/python3 -c "import $1" 2>/dev/null; }
has_firefox() { [[ -x "${INFORMA_FIREFOX:-/usr/bin/firefox-esr}" ]]; }
has_chromium() { [[ -x "${INFORMA_CHROMIUM:-/usr/bin/chromium}" ]]; }
is_at_least() { [[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" == "$1" ]]; }

stop_without_tools() {
    ((${#missing_tools[@]})) || return 0
    echo "Install first, then run this again:" >&2
    printf '  - %s\n' "${missing_tools[@]}" >&2
    exit 1
}

install_packages() {
    local as_root=()
    if ! has_command apt-get; then
        stop_with_list "This is not a Debian-like system. Install what your system calls these Debian packages:"
    elif ((EUID != 0)); then
        # Without a terminal nobody could type the password.
        if ! has_command sudo || { [[ ! -t 0 ]] && ! sudo -n true 2>/dev/null; }; then
            stop_with_list "Installing needs root. Run this as root, then try again: apt-get install"
        fi
        as_root=(sudo)
    fi
    echo "Installing: ${missing_packages[*]}"
    "${as_root[@]}" apt-get -q update
    # The tests start a Postfix of their own: the system needs none, and is asked nothing.
    if [[ " ${missing_packages[*]} " == *" postfix "* ]]; then
        "${as_root[@]}" debconf-set-selections <<<"postfix postfix/main_mailer_type select No configuration"
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install --yes --no-install-recommends "${missing_packages[@]}"
}

stop_with_list() {
    echo "$1" >&2
    echo "  ${missing_packages[*]}" >&2
    exit 1
}

main "$@"
