# Back to the previous system, as it was done before set-default: pin it, deploy it again, drop the newer one.
. _three
ostree admin pin 1
ostree admin deploy --os=demo $C1
ostree admin undeploy 1
ostree admin undeploy 1
ostree admin status
ostree admin upgrade --os=demo --deploy-only
ostree admin status
