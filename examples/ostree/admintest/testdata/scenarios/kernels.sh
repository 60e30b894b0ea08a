# All places where a kernel can be.
. _begin
sh $TESTDATA/pull.sh $C1 $NI $PI $HM $LO $LB $L2 $NK
ostree admin deploy --os=demo --karg=a=1 $NI
ostree admin deploy --os=demo $C1
ostree admin deploy --os=demo $PI
ostree admin deploy --os=demo $HM
ostree admin deploy --os=demo $LO
ostree admin deploy --os=demo $LB
ostree admin deploy --os=demo $L2
ostree admin deploy --os=demo $NK; ostree admin cleanup
ostree admin status
ostree admin deploy --os=demo --retain $C1
ostree admin cleanup
