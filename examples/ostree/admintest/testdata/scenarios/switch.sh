# Another branch of the same remote.
. _begin
ostree --repo=$M/ostree/repo pull origin demo/x86_64@$C1 >/dev/null
ostree admin deploy --os=demo --karg=quiet origin:demo/x86_64
ostree admin switch --os=demo demo/x86_64
ostree admin switch --os=demo >/dev/null
ostree admin switch --os=demo other/x86_64 >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin status
ostree admin switch --os=demo origin:demo/x86_64 >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin switch --os=demo nosuch: >out; cat out
ostree admin status
