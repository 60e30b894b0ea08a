ostree --repo=r init --mode=archive
ostree --repo=r init --mode=archive
ostree --repo=bad init --mode=foo
ostree --repo=bad init --collection-id=bad
cat r/config
mkdir -p t/d; printf 'hello\n' > t/d/f; ln -s f t/d/l; setfattr -n user.k -v v1 t/d/f
ostree --repo=r commit -b main -s subj -m body --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 --add-metadata-string=version=1.0 t
printf 'hello2\n' > t/d/f
ostree --repo=r commit -b main -s subj2 --timestamp=@1700000100 --owner-uid=0 --owner-gid=0 --add-metadata-string=version=1.1 t
ostree --repo=r commit -b other --orphan -s orphan --timestamp=@1700000200 --no-bindings --table-output --owner-uid=0 --owner-gid=0 t
ostree --repo=r commit -b main --skip-if-unchanged --timestamp=@1700000100 --owner-uid=0 --owner-gid=0 t
ostree --repo=r refs | sort
ostree --repo=r rev-parse main main^
ostree --repo=r rev-parse main^^
ostree --repo=r rev-parse nosuch
ostree --repo=r rev-parse a:b:c
ostree --repo=r log main
ostree --repo=r log --raw main
ostree --repo=r show main
ostree --repo=r show --raw main
ostree --repo=r show --raw -B main
ostree --repo=r show --print-metadata-key=version main
ostree --repo=r show --print-metadata-key=nope main
ostree --repo=r show --print-detached-metadata-key=nope main
ostree --repo=r show --print-sizes main
ostree --repo=r show --print-related main
ostree --repo=r show aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
ostree --repo=r show 446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488
ostree --repo=r show --raw 446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488
ostree --repo=r show 43f338ad30aba43e78ed1e5e3c82a7e0b0f66e5f9bf43d98dcafa7aae99a35ed
ostree --repo=r show
ostree --repo=r ls main
ostree --repo=r ls -R main
ostree --repo=r ls -RCX main
ostree --repo=r ls -d main /d
ostree --repo=r ls --nul-filenames-only -R main
ostree --repo=r ls main /d/f /d/l
ostree --repo=r ls main /nope
ostree --repo=r ls main /d/f/x
ostree --repo=r cat main /d/f /d/l
ostree --repo=r cat main /d
ostree --repo=r cat main /nope
ostree --repo=r cat main
ostree --repo=r diff main
ostree --repo=r diff main^ main
ostree --repo=r diff --stats main^ main
ostree --repo=r diff main ./nope
ostree --repo=r diff
ostree checksum /nope
ostree checksum t/d/l
ostree --repo=r reset main main^
ostree --repo=r reset nope main
ostree --repo=r reset main
ostree --repo=r log main
ostree --repo=r refs --create=new main
ostree --repo=r refs --create=new main
ostree --repo=r refs --create=main/x main
ostree --repo=r refs --create=y
ostree --repo=r refs --delete
ostree --repo=r refs --delete nosuch
ostree --repo=r refs -A --create=ali main
ostree --repo=r refs -A
ostree --repo=r refs -A --create=R:x main
ostree --repo=r refs -A --create=bla nope
ostree --repo=r refs --delete main
ostree --repo=r refs --delete ali
ostree --repo=r refs --delete new
ostree --repo=r config get core.mode
ostree --repo=r config get
ostree --repo=r config get core.nope
ostree --repo=r config get nope.nope
ostree --repo=r config set core.x
ostree --repo=r config set core.x 1 2
ostree --repo=r config set core.x 1
ostree --repo=r config unset core.x
ostree --repo=r config unset core.nope
ostree --repo=r config get core
ostree --repo=r config frob core.x
ostree --repo=r config
ostree --repo=r prune --refs-only --depth=0 --no-prune
ostree --repo=r prune --retain-branch-depth=main=BACON
ostree --repo=r prune --delete-commit=nope
ostree --repo=r prune --static-deltas-only
ostree --repo=r prune --refs-only --depth=0
ostree --repo=r prune --refs-only --depth=0
ostree --repo=r prune --depth=x
ostree --repo=r fsck
ostree --repo=r fsck -q
ostree --repo=/nope refs
ostree --repo=t refs
ostree refs
ostree frobnicate
ostree
ostree --nope
ostree refs --repo=r --nope
