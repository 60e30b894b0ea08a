#!/bin/bash
# Puts Afterburn into the initramfs: hostname, network arguments and Ignition configs
# from the cloud, on first boots.
# shellcheck disable=SC2154  # moddir, initdir, systemd…dir: set by dracut

check() {
    # Only when asked for, by name or by another module.
    return 255
}

depends() {
    echo systemd network
}

# A unit of the target that is started on first boots only.
afterburn_unit() {
    local unit=$1 requires=$systemdsystemunitdir/ignition-complete.target.requires

    inst_simple "$moddir/$unit" "$systemdsystemunitdir/$unit"
    mkdir -p "$initdir$requires"
    ln -sfn "../$unit" "$initdir$requires/$unit"
}

install() {
    local unit

    # The units call these by their full path.
    inst_multiple /usr/bin/afterburn /bin/sh /bin/mkdir

    for unit in afterburn-network-kargs.service afterburn-hostname.service afterburn-ignition-fragment.service; do
        afterburn_unit "$unit"
    done
}
