# The removal of kernel arguments, with its errors.
. _begin
sh $TESTDATA/pull.sh $C1
ostree admin deploy --os=demo --karg-none --karg-append=a=1 --karg-append=b --karg-append=a=2 $C1
ostree admin deploy --os=demo --karg-delete=a $C1
ostree admin deploy --os=demo --karg-delete=a=7 $C1
ostree admin deploy --os=demo --karg-delete=b $C1
ostree admin deploy --os=demo --karg-delete=a=1 $C1
ostree admin deploy --os=demo --karg-delete=a $C1
ostree admin deploy --os=demo --karg-none --karg-delete=a $C1
ostree admin deploy --os=demo --no-merge --karg-delete=a $C1
