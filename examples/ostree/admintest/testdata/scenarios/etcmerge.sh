# The corner cases of the merge of /etc.
. _begin
sh $TESTDATA/pull.sh $E1 $E2; ostree --repo=$M/ostree/repo refs --create=origin:etc/x86_64 $E2
ostree admin deploy --os=demo $E1
cd $M/ostree/deploy/demo/deploy/$E1.0/etc && sh $TESTDATA/edit-etc.sh
ostree admin config-diff --os=demo | sort
ostree admin deploy --os=demo origin:etc/x86_64
ostree admin status
ostree admin deploy --os=demo --no-merge $E1
ostree admin config-diff --os=demo
