# The configuration of U-Boot.
. _begin
ostree --repo=$M/ostree/repo config unset sysroot.bootloader
mkdir -p $M/boot/loader.0; ln -s loader.0 $M/boot/loader; printf 'kernel_image=/x\n' >$M/boot/loader.0/uEnv.txt
sh $TESTDATA/pull.sh $C1 $UE $DT $DD
ostree admin deploy --os=demo --karg=a=1 $C1
ostree admin deploy --os=demo $UE
ostree admin deploy --os=demo $DT
ostree admin deploy --os=demo $DD
ostree admin status
