# The boot files on another file system.
. _begin
mount -t tmpfs -o mode=0755 tmpfs $M/boot
sh $TESTDATA/pull.sh $C1 $C2 $C3 $DD
ostree admin deploy --os=demo --karg=a=1 $C1
ostree admin deploy --os=demo $C2
ostree admin deploy --os=demo $C3
ostree admin deploy --os=demo $DD
ostree admin undeploy 0
ostree admin cleanup
ostree admin status
