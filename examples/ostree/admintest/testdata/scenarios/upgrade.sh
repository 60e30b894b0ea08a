# An upgrade with edited configuration and the same kernel, then one to a new kernel.
. _begin
ostree --repo=$M/ostree/repo pull origin demo/x86_64@$C1 >/dev/null
ostree admin deploy --os=demo --karg=root=LABEL=root --karg=rw origin:demo/x86_64
cd $M/ostree/deploy/demo/deploy/$C1.0/etc && echo changed >b.conf && echo local >local.conf && rm sub/c.conf
ostree admin config-diff --os=demo
ostree --repo=$M/ostree/repo pull origin demo/x86_64@$C2 >/dev/null
ostree admin upgrade --os=demo --override-commit=$C2 >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin status
ostree admin upgrade --os=demo >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin upgrade --os=demo >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin status
ostree admin upgrade --os=demo --override-commit=$C1 >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin upgrade --os=demo --allow-downgrade --override-commit=$C1 >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin upgrade --os=demo --override-commit=xyz >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin upgrade --os=nosuch
ostree admin upgrade
ostree admin status
