# The layouts of new roots.
mkdir a b; ostree admin init-fs a; ostree admin init-fs --modern b; find a b -printf '%m %y %p %l\n' | grep -v /repo/ | sort
ostree admin init-fs a; cat a/ostree/repo/config
ostree admin init-fs nosuch
ostree admin init-fs
ostree admin init-fs --modern $M
ostree admin status
