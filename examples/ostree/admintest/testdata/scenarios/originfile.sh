# Origins with keys of other programs.
. _three
printf '[origin]\nrefspec=origin:demo/x86_64\nextra=1\n\n[packages]\nrequested=vim;\n' >o; ostree admin deploy --os=demo --origin-file=o origin:demo/x86_64
ostree admin pin 0
ostree --repo=$M/ostree/repo refs --delete origin:demo/x86_64; ostree --repo=$M/ostree/repo refs --create=origin:demo/x86_64 $C3
ostree admin upgrade --os=demo >out; grep -v -E 'fetched|Receiving|Fetching' out
ostree admin status
ostree admin set-origin --index=0 origin2 http://example.com/ b1
ostree admin set-origin --index=0 --set=gpg-verify=false origin3 http://example.com/ b2
ostree admin status
printf 'garbage' >o; ostree admin deploy --os=demo --origin-file=o origin:demo/x86_64
ostree admin deploy --os=demo --origin-file=missing origin:demo/x86_64
printf '[origin]\nrefspec=origin:demo/x86_64\nunconfigured-state=buy it first\n' >o; ostree admin deploy --os=demo --origin-file=o $C3
ostree admin upgrade --os=demo
printf '[origin]\n' >o; ostree admin deploy --os=demo --origin-file=o $C3
ostree admin upgrade --os=demo
ostree admin status
ostree admin status
