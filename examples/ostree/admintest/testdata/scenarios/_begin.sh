# An empty sysroot with a stateroot and a remote.
ostree admin init-fs --modern $M
ostree admin os-init demo
ostree --repo=$M/ostree/repo remote add --no-gpg-verify origin file://$SRC demo/x86_64
ostree --repo=$M/ostree/repo config set sysroot.bootloader none
