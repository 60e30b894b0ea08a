# The worked example: two commits that differ in one file.
mkdir -p t/d; printf 'hello\n' > t/d/f; setfattr -n user.k -v v1 t/d/f; ln -s f t/d/l; ostree init --repo=r --mode=archive; ostree init --repo=empty --mode=archive
ostree commit --repo=r -b main -s one --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 t; printf 'hello2\n' > t/d/f; ostree commit --repo=r -b main -s two --timestamp=@1700000100 --owner-uid=0 --owner-gid=0 t
ostree static-delta
ostree static-delta --help
ostree static-delta nope
ostree static-delta list --repo=r
ostree static-delta indexes --repo=r
# generate: all that it prints
ostree static-delta generate --repo=r main 2>&1
ostree static-delta generate --repo=r --if-not-exists --to=main
ostree static-delta generate --repo=r -n --from=main^ main
ostree static-delta generate --repo=r --empty main 2>&1
ostree static-delta generate --repo=r --empty --disable-bsdiff main 2>&1
ostree static-delta generate --repo=r --max-bsdiff-size=0 main 2>&1
ostree static-delta generate --repo=r --max-chunk-size=0 main 2>&1 | sort
ostree static-delta list --repo=r | sort
for d in $(ostree static-delta list --repo=r | sort); do ostree static-delta show --repo=r $d | grep -v Timestamp | sed 's/opsize=.*//' | sort; done
find r/deltas | sort; find r/deltas -type f | xargs stat -c '%a %s %n' | sort -k3
# byte order
ostree static-delta generate --repo=r --swap-endianness main 2>/dev/null; ostree static-delta show --repo=r $(ostree static-delta list --repo=r | grep -e -) | grep Endian
ostree static-delta generate --repo=r --set-endianness=B --swap-endianness main 2>/dev/null; ostree static-delta show --repo=r $(ostree static-delta list --repo=r | grep -e -) | grep Endian
ostree static-delta generate --repo=r --set-endianness=B main 2>/dev/null; ostree static-delta show --repo=r $(ostree static-delta list --repo=r | grep -e -) | grep Endian
ostree static-delta generate --repo=r --set-endianness=x main
# what generate refuses
ostree static-delta generate --repo=r
ostree static-delta generate --repo=r nope
ostree static-delta generate --repo=r --empty --from=main main
ostree static-delta generate --repo=r main^
ostree static-delta generate --repo=r --from=nope main
# indexes
ostree static-delta reindex --repo=r; ostree static-delta indexes --repo=r; cat r/config; find r/delta-indexes | sort
ostree static-delta reindex --repo=r --to=nope
ostree static-delta reindex --repo=r --to=main
ostree static-delta reindex --repo=empty; cat empty/config; ls empty
ostree static-delta reindex --repo=r --to=$(ostree rev-parse --repo=r main^); find r/delta-indexes -type f | wc -l
ostree summary -u --repo=r; find r/delta-indexes -type f | wc -l; ostree summary -v --repo=r | grep -c 'Static Deltas'
# show and delete
ostree static-delta show --repo=r
ostree static-delta show --repo=r GARBAGE
# the older program cuts what follows 64 digits off in its message
!ostree static-delta show --repo=r $(ostree rev-parse --repo=r main)x
ostree static-delta show --repo=r aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
ostree static-delta show --repo=r ./nope
ostree static-delta show --repo=r ./r
ostree static-delta delete --repo=r
ostree static-delta delete --repo=r nope
ostree static-delta delete --repo=r $(ostree rev-parse --repo=r main^)
ostree static-delta delete --repo=r $(ostree rev-parse --repo=r main); ostree static-delta list --repo=r
# a delta elsewhere, whose parts the reference program looks for in the repository
mkdir out; ostree static-delta generate --repo=r --filename=out/d main 2>&1; ls out
!ostree static-delta show --repo=empty out/d
ostree static-delta generate --repo=r --inline --filename=out/i main 2>&1; ls out; stat -c '%a %s' out/i
# apply-offline
ostree static-delta apply-offline --repo=r
ostree static-delta apply-offline --repo=r ./nope
ostree init --repo=c --mode=bare-user; ostree static-delta apply-offline --repo=c out/d
ostree pull-local --repo=c r $(ostree rev-parse --repo=r main^); ostree static-delta apply-offline --repo=c out/d; ostree fsck --repo=c -q; ostree refs --repo=c; ostree show --repo=c $(ostree rev-parse --repo=r main)
ostree init --repo=c2 --mode=bare-user; ostree pull-local --repo=c2 r $(ostree rev-parse --repo=r main^); ostree static-delta apply-offline --repo=c2 out/i; ostree ls -R --repo=c2 $(ostree rev-parse --repo=r main)
# our message names the delta too
!rm out/0; ostree init --repo=c3 --mode=bare-user; ostree pull-local --repo=c3 r $(ostree rev-parse --repo=r main^) >/dev/null; ostree static-delta apply-offline --repo=c3 out/d
ostree rev-parse --repo=c3 $(ostree rev-parse --repo=r main); ostree fsck -q --repo=c3
# signatures
ostree static-delta verify --repo=r
ostree static-delta verify --repo=r --sign-type=foo x
ostree static-delta verify --repo=r --sign-type=dummy nope k
ostree static-delta verify --repo=r --sign-type=dummy ./nope k
ostree static-delta verify --repo=r --sign-type=dummy out/i k
ostree static-delta generate --repo=r --sign-type=dummy --sign=k1 --sign=k2 main 2>/dev/null; for k in k1 k2 k3; do ostree static-delta verify --repo=r --sign-type=dummy $(ostree static-delta list --repo=r) $k; done
ostree static-delta show --repo=r $(ostree static-delta list --repo=r) | grep -v Timestamp
ostree static-delta generate --repo=r --sign-type=dummy --sign=k1 --inline --filename=out/s main 2>/dev/null; stat -c %s out/s; ostree init --repo=c4 --mode=bare-user; ostree pull-local --repo=c4 r $(ostree rev-parse --repo=r main^) >/dev/null
ostree static-delta apply-offline --repo=c4 --sign-type=dummy out/s k2
ostree config --repo=c4 set core.sign-verify-deltas true; ostree static-delta apply-offline --repo=c4 out/s
ostree fsck -q --repo=c4; ostree rev-parse -S --repo=c4
ostree static-delta apply-offline --repo=c4 --sign-type=dummy out/s k1; ostree fsck --repo=c4 -q; ostree ls --repo=c4 $(ostree rev-parse --repo=r main)
# nothing new
ostree commit --repo=r -b main -s three --timestamp=@1700000200 --tree=ref=main; ostree static-delta generate --repo=r main 2>&1; ostree static-delta show --repo=r $(ostree static-delta list --repo=r | grep -e "-$(ostree rev-parse --repo=r main)") | grep -v Timestamp
# files that are left out
seq 1 1000000 > t/large; ostree commit --repo=r -b main -s four --timestamp=@1700000300 --owner-uid=0 --owner-gid=0 t; ostree static-delta generate --repo=r main 2>&1; ostree static-delta show --repo=r $(ostree static-delta list --repo=r | grep -e "-$(ostree rev-parse --repo=r main)") | grep -v Timestamp
ostree static-delta apply-offline --repo=c4 --sign-type=dummy r/deltas/nope k1
ostree static-delta generate --repo=r --min-fallback-size=7 main 2>&1 | grep -v '^part\|^uncompressed'
