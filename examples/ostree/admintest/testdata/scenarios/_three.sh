. _one
sh $TESTDATA/pull.sh $C2 $C3 $C4
ostree --repo=$M/ostree/repo refs --delete origin:demo/x86_64; ostree --repo=$M/ostree/repo refs --create=origin:demo/x86_64 $C2
ostree admin upgrade --os=demo --deploy-only
