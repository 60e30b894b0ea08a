# Removal of deployments at every place of the list, down to the last.
. _three
ostree admin deploy --os=demo --retain $C3
ostree admin deploy --os=demo --retain $C4
ostree admin status
ostree admin undeploy 9
ostree admin undeploy
ostree admin undeploy 1
ostree admin undeploy 2
ostree admin undeploy 0
ostree admin undeploy 0
ostree admin status
ostree admin cleanup
