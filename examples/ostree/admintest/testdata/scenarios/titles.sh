# What the boot menu says.
. _begin
sh $TESTDATA/pull.sh $C1 $ID $NR $TF $ET
ostree admin deploy --os=demo $ID
ostree admin deploy --os=demo $NR; ostree admin cleanup
ostree admin deploy --os=demo $TF
ostree admin deploy --os=demo $ET; ostree admin cleanup
ostree admin status
