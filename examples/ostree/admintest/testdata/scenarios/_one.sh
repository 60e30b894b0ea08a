. _begin
sh $TESTDATA/pull.sh $C1; ostree --repo=$M/ostree/repo refs --create=origin:demo/x86_64 $C1
ostree admin deploy --os=demo --karg=root=LABEL=root --karg=rw origin:demo/x86_64
