# Pinned deployments stay.
. _three
ostree admin pin 1
ostree admin pin 1
ostree admin status
ostree admin deploy --os=demo $C3
ostree admin deploy --os=demo $C4
ostree admin status
ostree admin pin --unpin 2
ostree admin pin --unpin 2
ostree admin pin -u 0
ostree admin pin 9
ostree admin pin
ostree admin pin x
ostree admin deploy --os=demo $C3
ostree admin status
