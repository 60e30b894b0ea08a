ostree --repo=r init --mode=bare-user
mkdir -p t; printf x > t/f; printf "420 /nope\n" > so; mkdir dir; printf y > file
ostree --repo=r commit -s x t
ostree --repo=r commit -b main nosuchdir
ostree --repo=r commit -b main --bootable t
ostree --repo=r commit -b main --parent=zzz t
ostree --repo=r commit -b main --statoverride=/nope t
ostree --repo=r commit -b main --statoverride=so t
ostree --repo=r commit -b main --skip-list=/nope t
printf '420/nope\n' > so; ostree --repo=r commit -b main --statoverride=so t
ostree --repo=r commit -b main --keep-metadata=K t
ostree --repo=r commit -b main --fsync=maybe t
ostree --repo=r commit -b main --tree=tar=/nope
ostree --repo=r commit -b main --tree=nope
ostree --repo=r commit -b main --tree=nope=x
ostree --repo=r commit -b main --add-metadata-string=x t
ostree --repo=r commit -b main --add-metadata=x=y t
ostree --repo=r commit -b main --timestamp=bogus t
ostree --repo=r commit -b main --canonical-permissions --owner-uid=1 t
ostree --repo=r commit -b main --canonical-permissions --owner-gid=1 t
SOURCE_DATE_EPOCH=x ostree --repo=r commit -b main t
SOURCE_DATE_EPOCH=99999999999999999999 ostree --repo=r commit -b main t
SOURCE_DATE_EPOCH=1700000000 ostree --repo=r commit -b epoch t
ostree --repo=r commit -b ../x t
ostree --repo=r commit -b main --sign-type=nope --sign=x t
ostree --repo=r commit -b main --sign-type=dummy --sign=abc --timestamp=@1700000000 t
ostree --repo=r show --print-detached-metadata-key=ostree.sign.dummy main
ostree --repo=r commit -b main --gpg-sign=NOKEY --timestamp=@1700000000 t
ostree --repo=r commit -b main --add-detached-metadata-string=a=b --add-metadata-string=k1=v1 --add-metadata='k2=uint32 5' --timestamp=@1700000001 t
ostree --repo=r show --print-detached-metadata-key=a main
ostree --repo=r show --print-metadata-key=k2 main
ostree --repo=r show --print-metadata-key=k2 -B main
ostree --repo=r commit -b main --keep-metadata=k1 --timestamp=@1700000002 t
ostree --repo=r commit -b main --keep-metadata=nope --timestamp=@1700000003 t
ostree --repo=r commit -b aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa t
ostree --repo=r commit -b multi --bind-ref=z --bind-ref=a --timestamp=@1700000003 t
ostree --repo=r show --raw multi
mkdir over; printf z > over/f; mkdir over/sub
ostree --repo=r commit -b multi --tree=dir=t --tree=dir=over --timestamp=@1700000004
ostree --repo=r ls -R multi
ostree --repo=r commit -b multi --base=main --tree=ref=multi --timestamp=@1700000005
ostree --repo=r checkout -U multi co
ostree --repo=r checkout -U multi co
ostree --repo=r checkout -U --union multi co
ostree --repo=r checkout -U --union --union-add multi co
ostree --repo=r checkout -U --union-identical multi co
ostree --repo=r checkout -U --subpath=/nope multi co2
ostree --repo=r checkout -U --subpath=/nope --allow-noent multi co2
ostree --repo=r checkout -U nope co2
ostree --repo=r checkout
ostree --repo=buo init --mode=bare-user-only
chmod 4755 t/f
ostree --repo=buo commit -b main t --timestamp=@1700000000
ostree --repo=buo ls -R main
printf '=384 /f\n=384 /nope\n' > so
ostree --repo=r commit -b override --statoverride=so --timestamp=@1700000000 t
ostree --repo=r ls -R override
ostree --repo=r commit -b both --orphan --timestamp=@1700000000 t
ostree --repo=r commit -b both --orphan --timestamp=@1700000001 t
ostree --repo=r log both
# metadata given twice is recorded twice; of several trees the last counts for the sizes
ostree --repo=r2 init --mode=archive
mkdir -p t0/d t1/d; echo a > t0/f; echo b > t1/f; echo c > t0/g; echo dd > t1/h; echo x > t0/d/x; echo y > t1/d/y; : > t0/e
ostree --repo=r2 commit --orphan --timestamp=@1 --owner-uid=0 --owner-gid=0 --no-xattrs --add-metadata-string=k=1 --add-metadata-string=k=2 --add-metadata=k=3 t0
ostree --repo=r2 commit -b m --timestamp=@1 --owner-uid=0 --owner-gid=0 --no-xattrs --generate-sizes --tree=dir=t0 --tree=dir=t1
ostree --repo=r2 show --print-sizes m
ostree --repo=r2 commit -b m2 --timestamp=@1 --owner-uid=0 --owner-gid=0 --no-xattrs --generate-sizes --tree=ref=m --tree=dir=t0
ostree --repo=r2 commit -b m3 --timestamp=@1 --owner-uid=0 --owner-gid=0 --no-xattrs --generate-sizes --tree=dir=t0 --tree=ref=m
