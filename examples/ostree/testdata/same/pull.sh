ostree --repo=r init --mode=archive
mkdir -p t/d; printf x > t/f; printf 'hello hello hello\n' > t/d/g; ln -s f t/l
ostree --repo=r commit -b main -s 1 --timestamp=@1700000000 --owner-uid=0 --owner-gid=0 t
printf xx > t/f
ostree --repo=r commit -b main -s 2 --timestamp=@1700000001 --owner-uid=0 --owner-gid=0 t
printf xxx > t/f
ostree --repo=r commit -b main -s 3 --timestamp=@1700000002 --owner-uid=0 --owner-gid=0 t
ostree --repo=r commit -b other -s o --timestamp=@1700000002 --owner-uid=0 --owner-gid=0 t
ostree --repo=c init --mode=bare-user
ostree --repo=c remote add --no-gpg-verify o URL/r
ostree --repo=c pull o main
ostree --repo=c refs | sort
ostree --repo=c rev-parse o:main
ostree --repo=c log o:main
ostree --repo=c fsck
ostree --repo=c pull --depth=1 o main
ostree --repo=c log o:main
ostree --repo=c pull --depth=-1 o main other
ostree --repo=c log o:main
# The newer program names the URL.
! ostree --repo=c pull o nope
ostree --repo=c pull o nope:nope
! ostree --repo=c pull o:nope
ostree --repo=c pull o 'b@d'
ostree --repo=c pull o main@$(ostree --repo=r rev-parse main^)
ostree --repo=c rev-parse o:main
ostree --repo=c pull -T --timestamp-check-from-rev=nope o main
ostree --repo=r reset main main^^
ostree --repo=c pull -T o main
ostree --repo=c pull o main
ostree --repo=c rev-parse o:main
ostree --repo=c pull --timestamp-check-from-rev=o:other o main
ostree --repo=r summary -u
ostree --repo=c pull o main
ostree --repo=c pull o nope
ostree --repo=m init --mode=archive
ostree --repo=m remote add --no-gpg-verify o URL/r
ostree --repo=m pull --mirror o
ostree --repo=m refs | sort
cmp r/summary m/summary
ostree --repo=s init --mode=bare-user
ostree --repo=s remote add --no-gpg-verify o URL/r
ostree --repo=s pull --subpath=/d o other
ostree --repo=s checkout -U --subpath=/d o:other sub; find sub | sort
ostree --repo=s checkout -U o:other whole
ostree --repo=s fsck
ostree --repo=s pull --commit-metadata-only o main
ostree --repo=s ls o:main
ostree --repo=l init --mode=bare-user
ostree --repo=l pull-local r main
ostree --repo=l pull-local r
ostree --repo=l pull-local --remote=x r other
ostree --repo=l refs | sort
ostree --repo=l pull-local r nope
ostree --repo=l2 init --mode=bare-user
ostree --repo=l2 pull-local l
ostree --repo=l2 pull-local --commit-metadata-only r main
ostree --repo=l2 pull-local --untrusted r main
ostree --repo=l2 pull-local --require-static-deltas r main
ostree --repo=l2 fsck -q
ostree --repo=f init --mode=bare-user
ostree --repo=f remote add --no-gpg-verify o file://DIR/r
ostree --repo=f pull o main other
ostree --repo=f pull o main
ostree --repo=f pull --require-static-deltas o main
ostree --repo=f pull --bareuseronly-files o main
ostree --repo=bare init --mode=archive
ostree --repo=bare pull-local --require-static-deltas r main
ostree --repo=notarchive init --mode=bare-user
ostree --repo=c remote add --no-gpg-verify na URL/c
ostree --repo=notarchive remote add --no-gpg-verify na URL/c
ostree --repo=c summary -u
ostree --repo=notarchive pull na o:main
ostree --repo=notarchive pull na main
