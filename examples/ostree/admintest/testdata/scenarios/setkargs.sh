# All forms of set-kargs and of the edit in place.
. _three
ostree admin instutil set-kargs q=1
ostree admin instutil set-kargs --merge --append=a=1 --replace=b=2
ostree admin instutil set-kargs --merge --append=a=2 --replace=q=5 z 'y=1 2'
ostree admin instutil set-kargs --merge
ostree admin instutil set-kargs
ostree admin kargs edit-in-place --append-if-missing=a=7
ostree admin kargs edit-in-place --append-if-missing=z=7 --append-if-missing=root=x
ostree admin instutil set-kargs --replace=a=1 --append=a=2
ostree admin instutil nosuch
ostree admin kargs nosuch
ostree admin nosuch
ostree admin status
