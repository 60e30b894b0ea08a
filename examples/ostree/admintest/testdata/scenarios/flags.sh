# Which deployments stay, and which is the default.
. _three
ostree admin deploy --os=demo --not-as-default $C3
ostree admin status
ostree admin deploy --os=demo --not-as-default --retain $C4
ostree admin deploy --os=demo --retain-pending $C3
ostree admin deploy --os=demo --retain-rollback $C2
ostree admin deploy --os=demo --retain-pending --retain-rollback $C1
ostree admin deploy --os=demo --no-prune $C4
ostree admin status
