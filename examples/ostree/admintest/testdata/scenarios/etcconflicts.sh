# Edits of /etc that cannot be merged: the deployment fails, and what it left is garbage.
. _begin
sh $TESTDATA/pull.sh $E1 $E2
ostree admin deploy --os=demo $E1
E=$M/ostree/deploy/demo/deploy/$E1.0/etc; rm -r $E/dir2file; echo file >$E/dir2file
ostree admin deploy --os=demo $E2; ostree admin cleanup
E=$M/ostree/deploy/demo/deploy/$E1.0/etc; rm $E/dir2file; ln -s content $E/dir2file
ostree admin deploy --os=demo $E2; ostree admin cleanup
E=$M/ostree/deploy/demo/deploy/$E1.0/etc; rm $E/dir2file; mkdir $E/dir2file; echo old >$E/dir2file/x; echo file >$E/newdir
ostree admin deploy --os=demo $E2; ostree admin cleanup
E=$M/ostree/deploy/demo/deploy/$E1.0/etc; rm $E/newdir; mkdir $E/newfile; echo x >$E/newfile/x
ostree admin deploy --os=demo $E2; ostree admin cleanup
E=$M/ostree/deploy/demo/deploy/$E1.0/etc; rm $E/newfile/x
ostree admin deploy --os=demo $E2; ostree admin cleanup
ostree admin status
ostree admin cleanup
