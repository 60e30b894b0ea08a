# The kernel arguments of new deployments.
. _begin
sh $TESTDATA/pull.sh $C1
ostree admin deploy --os=demo --karg-none --karg-append=a=1 --karg-append=b --karg-append=a=2 --karg-append='c="x y"' --karg-append=ostree=/old $C1
ostree admin deploy --os=demo --karg=a=9 $C1
ostree admin deploy --os=demo --karg-none --karg-append=a=1 --karg-append=b --karg-append=a=2 --karg-append='c="x y"' $C1
ostree admin deploy --os=demo --karg-append=a=3 $C1
ostree admin deploy --os=demo --karg-append='d e=f' $C1
ostree admin deploy --os=demo $C1
ostree admin deploy --os=demo --karg=b=x --karg=new=1 --karg=new=2 $C1
ostree admin deploy --os=demo --no-merge --karg=only=1 $C1
ostree admin deploy --os=demo --no-merge $C1
ostree admin deploy --os=demo --karg= $C1
ostree admin deploy --os=demo --karg-none $C1
ostree admin deploy --os=demo --karg-proc-cmdline --karg-none $C1
ostree admin status
