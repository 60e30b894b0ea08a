#!/usr/bin/bash
# Puts what boots a deployment into the initramfs.

check() {
    # Only when asked for, by name or by another module; and only with systemd,
    # whose unit order it relies on.
    [[ -x $systemdutildir/systemd && -x /usr/lib/ostree/ostree-prepare-root ]] && return 255
    return 1
}

depends() {
    echo systemd
}

installkernel() {
    instmods erofs overlay loop
}

install() {
    local unit=ostree-prepare-root.service
    local file

    inst_binary /usr/lib/ostree/ostree-prepare-root
    for file in /usr/lib/ostree/prepare-root.conf /etc/ostree/prepare-root.conf \
                /etc/ostree/initramfs-root-binding.key; do
        if [[ -r $dracutsysrootdir$file ]]; then
            inst_simple "$file"
        fi
    done
    # shellcheck disable=SC2154  # set by dracut
    inst_simple "${systemdsystemunitdir}/$unit"
    mkdir -p "${initdir}${systemdsystemconfdir}/initrd-root-fs.target.wants"
    ln_r "${systemdsystemunitdir}/$unit" "${systemdsystemconfdir}/initrd-root-fs.target.wants/$unit"
}
