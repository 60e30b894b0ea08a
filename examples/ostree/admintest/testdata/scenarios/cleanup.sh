# Remains of all kinds.
. _three
mkdir -p $M/boot/loader.1 $M/ostree/boot.1.0/x $M/ostree/boot.1.1 $M/boot/ostree/demo-$SHA1A $M/boot/ostree/foreign $M/boot/ostree/initramfs-overlays
ln -sfn boot.1.0 $M/ostree/boot.1; echo x >$M/boot/ostree/demo-$SHA1A/vmlinuz; echo y >$M/boot/ostree/initramfs-overlays/$SHA1A.img; echo z >$M/boot/ostree/file
mkdir -p $M/ostree/deploy/demo/deploy/$SHA1A.0/etc; echo foreign >$M/ostree/deploy/demo/deploy/README; echo foreign >$M/boot/loader.$(readlink $M/boot/loader | tail -c 2)/entries/foreign.conf
ostree admin cleanup
mkdir $M/ostree/deploy/demo/deploy/badname
ostree admin cleanup
rmdir $M/ostree/deploy/demo/deploy/badname
ostree admin cleanup
ostree --repo=$M/ostree/repo refs | sort
ostree admin deploy --os=demo --no-prune $C3
ostree admin cleanup
