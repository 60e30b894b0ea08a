# What is neither file nor link nor directory is not carried over. (2022.7 fails when it is in an added directory.)
. _begin
sh $TESTDATA/pull.sh $E1 $E2
ostree admin deploy --os=demo $E1
cd $M/ostree/deploy/demo/deploy/$E1.0/etc && rm file2fifo && mkfifo file2fifo && mkfifo addedfifo
ostree admin config-diff --os=demo
ostree admin deploy --os=demo $E2
