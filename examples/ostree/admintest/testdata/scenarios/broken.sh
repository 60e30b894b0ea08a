# Sysroots that cannot be loaded.
. _three
B=$(readlink $M/boot/loader); rm $M/boot/loader; ln -s loader.7 $M/boot/loader; ostree admin status; rm $M/boot/loader; ln -s $B $M/boot/loader
B=$(readlink $M/boot/loader); rm $M/boot/loader; mkdir $M/boot/loader; ostree admin status; rmdir $M/boot/loader; ln -s $B $M/boot/loader
C=$(ls $M/boot/loader/entries/ostree-1-*.conf); cp $C keep; sed -i 's/ostree=[^ ]*/nothing/' $C; ostree admin status; ostree admin deploy --os=demo $C3; cp keep $C
C=$(ls $M/boot/loader/entries/ostree-1-*.conf); cp $C keep; sed -i 's,ostree=/ostree,ostree=/x,' $C; ostree admin status; cp keep $C
chmod 644 $M/boot/loader/entries/*; ostree admin status
ostree admin deploy --os=demo $C3
