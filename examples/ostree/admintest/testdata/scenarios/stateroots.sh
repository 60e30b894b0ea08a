# Two systems on one disk.
. _three
sh $TESTDATA/pull.sh $O1 $O2
ostree admin os-init other
ostree admin deploy --os=other --karg=o=1 $O1
ostree admin status
ostree admin deploy --os=other $O2
ostree admin deploy --os=demo $C3
ostree admin deploy --os=other $C3
ostree admin undeploy 0
ostree admin undeploy 1
ostree admin status
ostree admin cleanup
