# The configuration of syslinux, with a foreign system in it.
. _begin
ostree --repo=$M/ostree/repo config unset sysroot.bootloader
mkdir -p $M/boot/loader.0 $M/boot/syslinux; ln -s loader.0 $M/boot/loader; ln -s ../loader/syslinux.cfg $M/boot/syslinux/syslinux.cfg
printf '\nDEFAULT foreign\nTIMEOUT 20\n\n\nPROMPT 1\nLABEL foreign\n\tKERNEL /foreign/vmlinuz\n\tAPPEND a=b\n\nLABEL old\n\tKERNEL /ostree/old/vmlinuz\n' >$M/boot/loader.0/syslinux.cfg
sh $TESTDATA/pull.sh $C1 $C2 $C3 $DT
ostree admin deploy --os=demo --karg=a=1 $C1
ostree admin deploy --os=demo $C2
ostree admin deploy --os=demo $DT
ostree admin undeploy 0
(printf 'LABEL broken\nTIMEOUT 1\n'; cat $M/boot/loader/syslinux.cfg) >cfg; cp cfg $M/boot/loader/syslinux.cfg
ostree admin deploy --os=demo $C3; ostree admin cleanup
ostree admin status
