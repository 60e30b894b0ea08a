# Additional initial file systems.
. _three
printf overlay1 >o1; printf overlay2 >o2; ostree admin deploy --os=demo --overlay-initrd=o1 --overlay-initrd=o2 $C3
ostree admin deploy --os=demo --overlay-initrd=o2 $C3
ostree admin deploy --os=demo --overlay-initrd=missing $C3
ostree admin deploy --os=demo $C3
ostree admin deploy --os=demo $C3
ostree admin cleanup
