#!/bin/bash
# SPDX-License-Identifier: EUPL-1.2
# Proves that `make test` sets up everything it needs: makes a bare Debian 12 in a folder, puts nothing into it but make,
# this machine's Rust toolchain and its Node.js, clones the repository there, and runs a command in it (make test
# unless told otherwise). Prints how long each step took. Needs root and debootstrap; reaches the package registries
# as this machine does. The folder must be new, or one that this script has made: then only the clone is new.
#
# usage: deploy/setup/bare-root.sh FOLDER [COMMAND [ARGUMENT…]]
set -euo pipefail

readonly SUITE=bookworm
# The archives that this machine itself installs from.
MIRROR="$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | awk -v suite="$SUITE" '$1 == suite && !found { print $2; found = 1 }')"
SECURITY="$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' | awk -v suite="$SUITE-security" '$1 == suite && !found { print $2; found = 1 }')"
readonly MIRROR SECURITY
repository="$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
readonly repository

main() {
    (($#)) || { echo "usage: $0 FOLDER [COMMAND [ARGUMENT…]]" >&2; exit 2; }
    ((EUID == 0)) || { echo "chroot and debootstrap need root." >&2; exit 1; }
    command -v debootstrap >/dev/null || { echo "Install first: apt-get install debootstrap" >&2; exit 1; }
    root="$(realpath -m "$1")"
    shift
    if [[ ! -e "$root/.informa-bare-root" ]]; then
        timed "bare Debian" make_root
        timed "Rust and Node.js" copy_toolchains
        touch "$root/.informa-bare-root"
    fi
    timed "clone" clone_repository
    timed "${*:-make test}" enter_root "${@:-make test}"
}

make_root() {
    debootstrap --variant=minbase --include=make,ca-certificates "$SUITE" "$root" "$MIRROR" >"$root.log" 2>&1 ||
        { tail -n 20 "$root.log" >&2; return 1; }
    rm "$root.log"
    cat >"$root/etc/apt/sources.list" <<SOURCES
deb $MIRROR $SUITE main
deb $MIRROR $SUITE-updates main
deb $SECURITY $SUITE-security main
SOURCES
    # A package that is a service must not start it here: it would run on this machine, outside the folder's control.
    printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
    chmod +x "$root/usr/sbin/policy-rc.d"
    copy_network_settings
}

# The way to the registries: name service, certificates, apt's proxy, npm's and cargo's settings.
copy_network_settings() {
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    local file
    for file in /etc/apt/apt.conf.d/*proxy* "$HOME/.npmrc" "$(npm config get globalconfig)" "$HOME/.cargo/config.toml"; do
        [[ -f "$file" ]] || continue
        mkdir -p "$root$(dirname "$file")"
        cp "$file" "$root$file"
    done
}

copy_toolchains() {
    local toolchain node_folder
    toolchain="$(rustc --print sysroot)"
    mkdir -p "$root/opt/rust"
    # Documentation is half of a toolchain and no part of building.
    tar -C "$toolchain" --exclude=share/doc -c . | tar -C "$root/opt/rust" -x
    node_folder="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")"
    mkdir -p "$root/opt/node/bin" "$root/opt/node/lib/node_modules"
    cp "$(readlink -f "$(command -v node)")" "$root/opt/node/bin/"
    cp -r "$node_folder/lib/node_modules/npm" "$root/opt/node/lib/node_modules/"
    ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/opt/node/bin/npm"
    ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/opt/node/bin/npx"
}

clone_repository() {
    rm -rf "$root/root/informa"
    git clone --quiet "$repository" "$root/root/informa"
}

# Mounts live in a namespace of their own and end with the command, as do the processes it leaves behind.
enter_root() {
    export root
    unshare --mount --pid --fork --kill-child bash -euo pipefail -c '
        mount -t proc proc "$root/proc"
        mount -t sysfs -o ro sysfs "$root/sys"
        mount -t tmpfs -o mode=755 tmpfs "$root/dev"
        for device in null zero full random urandom tty; do
            touch "$root/dev/$device"
            mount --bind "/dev/$device" "$root/dev/$device"
        done
        mkdir "$root/dev/shm" "$root/dev/pts"
        mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
        mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
        ln -s pts/ptmx "$root/dev/ptmx"
        ln -s /proc/self/fd "$root/dev/fd"
        exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 PATH="$1" "${@:3}" \
            bash -euo pipefail -c "cd /root/informa && $2"
    ' bash "/opt/rust/bin:/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" "$*" \
        "${passed_on[@]}"
}

# Proxies and certificates are named by variables, too.
passed_on=()
while IFS= read -r variable; do
    passed_on+=("$variable")
done < <(env | grep -iE '^(https?_proxy|no_proxy|ssl_cert_file|node_extra_ca_certs|cargo_http_cainfo)=')

timed() {
    local what="$1" start=$SECONDS status=0
    shift
    echo "== $what"
    "$@" || status=$?
    printf '== %s: %d min %02d s, exit code %d\n' "$what" $(((SECONDS - start) / 60)) $(((SECONDS - start) % 60)) "$status"
    return "$status"
}

main "$@"
