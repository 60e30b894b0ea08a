# Device trees as a file and as a directory.
. _begin
sh $TESTDATA/pull.sh $DT $DD $C1
ostree admin deploy --os=demo $DT
ostree admin deploy --os=demo $DD
ostree admin deploy --os=demo $C1
ostree admin undeploy 1
ostree admin cleanup
