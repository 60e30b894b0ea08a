# Keys for all entries but the default.
. _begin
ostree --repo=$M/ostree/repo config set sysroot.bls-append-except-default 'grub_users="";x=1'
sh $TESTDATA/pull.sh $C1 $C2 $C3
ostree admin deploy --os=demo $C1
ostree admin deploy --os=demo $C2
printf '# comment\nx-foreign one two\nx-foreign three\n' >>$(ls $M/boot/loader/entries/*.conf | tail -n1)
ostree admin deploy --os=demo --retain $C3
OSTREE_SYSROOT_OPTS=skip-sync,bootloader-naming-1 ostree admin undeploy 0
