# The first deployment, and what is said of it.
. _begin
ostree admin os-init demo
# The argument has another name in usage and error.
!ostree admin os-init
ostree admin deploy --os=demo origin:demo/x86_64
ostree --repo=$M/ostree/repo pull origin demo/x86_64@$C1 >/dev/null
ostree admin deploy origin:demo/x86_64
ostree admin deploy --os=demo
ostree admin status
ostree admin deploy --os=demo --karg=root=LABEL=root --karg=rw origin:demo/x86_64
ostree admin status
test "$(ostree admin --print-current-dir)" = $M/ostree/deploy/demo/deploy/$C1.0
ostree admin config-diff --os=demo
ostree admin cleanup
