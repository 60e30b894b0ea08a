# Three more deployments of one commit: the second and third only exchange the farm of links.
. _three
ostree admin deploy --os=demo origin:demo/x86_64
ostree admin deploy --os=demo origin:demo/x86_64
ostree admin deploy --os=demo origin:demo/x86_64
ostree admin status
ostree admin cleanup
ostree admin deploy --os=demo --retain origin:demo/x86_64
ostree admin deploy --os=demo --retain origin:demo/x86_64
ostree admin undeploy 1
ostree admin deploy --os=demo origin:demo/x86_64
