#!/bin/bash
# Puts Ignition into the initramfs. The generator decides at boot whether it runs.
# shellcheck disable=SC2154  # moddir, initdir, systemd…dir: set by dracut

check() {
    # Only when asked for, by name or by another module.
    return 255
}

depends() {
    echo qemu systemd url-lib network
}

installkernel() {
    # Where hypervisors keep the config: Hyper-V's key-value pairs, and the
    # sockets by which a virtual machine's host offers one.
    hostonly='' instmods hv_utils vsock vmw_vsock_virtio_transport vmw_vsock_virtio_transport_common
    case ${DRACUT_ARCH:-$(uname -m)} in
        s390x) hostonly='' instmods zcrypt_cex4 pkey_cca ;;
        aarch64) hostonly='' instmods mlxbf_bootctl ;;
    esac
}

# A unit that a target requires.
ignition_unit() {
    local unit=$1 target=${2:-ignition-complete.target}

    inst_simple "$moddir/$unit" "$systemdsystemunitdir/$unit"
    mkdir -p "$initdir$systemdsystemunitdir/$target.requires"
    ln -sfn "../$unit" "$initdir$systemdsystemunitdir/$target.requires/$unit"
}

# A program that only some configs need: such a config fails without it, so tell
# the one who builds the image.
ignition_wanted() {
    local program

    for program in "$@"; do
        find_binary "$program" > /dev/null || dinfo "ignition: $program is missing, configs that need it will fail"
    done
    inst_multiple -o "$@"
}

install() {
    local unit

    inst_multiple basename lsblk modprobe mount systemctl udevadm \
        groupadd groupdel groupmod useradd userdel usermod
    ignition_wanted dmsetup mdadm partx sgdisk wipefs setfiles \
        mkfs.btrfs mkfs.ext4 mkfs.fat mkfs.xfs mkswap cryptsetup
    ignition_wanted clevis clevis-decrypt clevis-decrypt-sss clevis-decrypt-tang clevis-decrypt-tpm2 \
        clevis-encrypt-sss clevis-encrypt-tang clevis-encrypt-tpm2 \
        clevis-luks-bind clevis-luks-common-functions clevis-luks-unlock
    # What the shell scripts of clevis call; not all versions call all of them.
    inst_multiple -o bash cat chmod curl cut grep head jose luksmeta mkfifo mktemp pwmake rm sed sleep sort tail tr \
        tpm2_create tpm2_createpolicy tpm2_createprimary tpm2_flushcontext tpm2_load tpm2_pcrlist tpm2_pcrread tpm2_unseal
    inst_multiple -o /etc/pki/tls/openssl.cnf /etc/ssl/openssl.cnf
    case ${DRACUT_ARCH:-$(uname -m)} in
        s390x)
            ignition_wanted chccwdev cio_ignore vmur zkey zkey-cryptsetup
            inst_simple "$moddir/ignition-cex.key" /etc/luks/cex.key
            chmod 0600 "$initdir/etc/luks/cex.key"
            ;;
    esac

    inst_simple "$moddir/ignition-luks.conf" /etc/security/pwquality.conf.d/ignition-luks.conf
    inst_rules 60-cdrom_id.rules
    inst_simple "$moddir/99-xx-ignition-systemd-cryptsetup.rules" \
        /usr/lib/udev/rules.d/99-xx-ignition-systemd-cryptsetup.rules

    inst_binary "$moddir/ignition" /usr/bin/ignition
    mkdir -p "$initdir$systemdutildir/system-generators"
    if [[ $moddir/ignition-generator -ef $moddir/ignition ]]; then
        # One program, which looks at the name it was called by.
        ln_r /usr/bin/ignition "$systemdutildir/system-generators/ignition-generator"
    else
        inst_binary "$moddir/ignition-generator" "$systemdutildir/system-generators/ignition-generator"
    fi
    # A distribution's own helper wins.
    if find_binary ignition-kargs-helper > /dev/null; then
        inst_multiple ignition-kargs-helper
    else
        inst_script "$moddir/ignition-kargs-helper.sh" /usr/sbin/ignition-kargs-helper
    fi

    for unit in ignition-{complete,subsequent,diskful,diskful-subsequent}.target; do
        inst_simple "$moddir/$unit" "$systemdsystemunitdir/$unit"
    done
    for unit in ignition-{fetch-offline,fetch,kargs,disks,mount,files}.service; do
        ignition_unit "$unit"
    done
    ignition_unit ignition-remount-sysroot.service ignition-diskful.target
}
